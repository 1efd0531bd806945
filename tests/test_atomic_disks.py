"""A disk that is full or read-only is a sentence, and keeps what is there."""

import shutil

import pytest

from srgan.atomic import (
    reserve,
    take_room,
    write_text,
)
from srgan.errors import UserError
from tests.folders import contents, write_folder


def test_a_full_disk_is_a_sentence_and_when_there_is_room_it_goes_on(disk):
    place = disk("size=64k")
    write_text(place / "text", "old")
    write_folder(place / "folder", "old")
    (place / "filler").write_bytes(bytes(16 << 10))
    before = sorted(path.name for path in place.iterdir())
    for write, name in ((write_text, "text"), (write_folder, "folder")):
        with pytest.raises(
            UserError, match=rf"{name}: cannot be written \(No space left on device\); free some space there"
        ):
            write(place / name, "new" * 20_000)
    assert sorted(path.name for path in place.iterdir()) == before
    assert (place / "text").read_text() == "old"
    assert contents(place / "folder") == dict.fromkeys("abc", "old")
    (place / "filler").unlink()
    write_text(place / "text", "new" * 2000)
    write_folder(place / "folder", "new")
    assert contents(place / "folder") == dict.fromkeys("abc", "new")


def test_a_read_only_disk_is_a_sentence_and_keeps_what_is_there(disk):
    place = disk("size=64k")
    write_text(place / "text", "old")
    write_folder(place / "folder", "old")
    disk("remount,ro")
    for write, name in ((write_text, "text"), (write_folder, "folder"), (write_text, "new/text")):
        with pytest.raises(UserError, match=rf"{name}: cannot be written \(Read-only file system\); .*write access"):
            write(place / name, "new")
    assert (place / "text").read_text() == "old"
    assert contents(place / "folder") == dict.fromkeys("abc", "old")


def test_room_is_reserved_without_a_trace_or_refused(disk):
    place = disk("size=64k")
    reserve(place, 32 << 10)
    with pytest.raises(OSError, match="No space left on device"):
        reserve(place, 128 << 10)
    assert list(place.iterdir()) == []


def test_room_is_taken_where_the_system_cannot_reserve_it(tmp_path, monkeypatch):
    """As on macOS and Windows: the disk is asked, and the file has its size."""
    monkeypatch.delattr("os.posix_fallocate")
    take_room(tmp_path / "file", 1000)
    assert (tmp_path / "file").stat().st_size == 1000
    with pytest.raises(OSError, match="No space left on device"):
        take_room(tmp_path / "file", shutil.disk_usage(tmp_path).total + 1)
