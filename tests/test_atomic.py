"""Outputs are there complete or not at all: whatever is killed, full, read-only or cut from power."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from srgan.atomic import built_file, built_folder, reserve, take_room, write_json, write_text
from srgan.errors import UserError

# Replaces what is at target, and kills itself before its n-th change to the file system.
KILLED = """
import os, signal, sys
from pathlib import Path
from srgan.atomic import built_folder, write_text
target, kind, left = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
def count(event, arguments):
    global left
    # Opened to be read, too: that is where contents are made safe, after they are written.
    if event in ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir"):
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
if kind == "file":
    sys.addaudithook(count)
    write_text(target, "new")
else:
    sys.addaudithook(count)
    with built_folder(target) as folder:
        for name in ("a", "b", "c"):
            (folder / name).write_text("new")
"""


def write_folder(target, text, names="abc"):
    with built_folder(target) as folder:
        for name in names:
            (folder / name).write_text(text)


def contents(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_killed_before_any_change_to_the_disk_the_target_is_old_or_new_or_not_there(tmp_path, repository, kind):
    """A later try succeeds and leaves nothing else."""
    target = tmp_path / "target"
    old, new = ("old", "new") if kind == "file" else ({"a": "old", "z": "old"}, dict.fromkeys("abc", "new"))
    seen = set()
    for moment in range(1, 100):
        write_text(target, "old") if kind == "file" else write_folder(target, "old", "az")
        command = [sys.executable, "-c", KILLED, str(target), kind, str(moment)]
        done = subprocess.run(command, cwd=repository, check=False)
        if target.exists():
            found = target.read_text() if kind == "file" else contents(target)
            assert found in (old, new), moment
        seen.add("none" if not target.exists() else "old" if found == old else "new")
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL
    else:
        pytest.fail("never came to its end")
    assert moment > 5
    assert {"old", "new"} <= seen
    write_text(target, "new") if kind == "file" else write_folder(target, "new")
    assert [path.name for path in tmp_path.iterdir()] == ["target"]


@pytest.fixture
def calls(monkeypatch):
    """What is made safe and what is renamed, in order, by name."""
    found = []
    fsync, rename, replace = os.fsync, Path.rename, Path.replace

    def record(descriptor):
        found.append(("sync", Path(f"/proc/self/fd/{descriptor}").readlink().name))
        fsync(descriptor)

    def recording(call):
        def wrapped(self, other):
            found.append(("rename", Path(other).name))
            return call(self, other)

        return wrapped

    monkeypatch.setattr(os, "fsync", record)
    monkeypatch.setattr(Path, "rename", recording(rename))
    monkeypatch.setattr(Path, "replace", recording(replace))
    return found


def test_a_power_failure_meets_contents_before_names(tmp_path, calls):
    write_text(tmp_path / "text", "new")
    assert calls == [("sync", ".text.tmp"), ("rename", "text"), ("sync", tmp_path.name)]
    calls.clear()
    with built_folder(tmp_path / "target") as folder:
        (folder / "inner").mkdir()
        (folder / "inner" / "a").write_text("a")
        (folder / "b").write_text("b")
    assert set(calls[:-2]) == {("sync", name) for name in ("a", "b", "inner", ".target.tmp")}
    assert calls[-2:] == [("rename", "target"), ("sync", tmp_path.name)]


def test_a_full_disk_is_a_sentence_and_when_there_is_room_it_goes_on(disk):
    place = disk("size=64k")
    write_text(place / "text", "old")
    write_folder(place / "folder", "old")
    (place / "filler").write_bytes(bytes(16 << 10))
    before = sorted(path.name for path in place.iterdir())
    for write, name in ((write_text, "text"), (write_folder, "folder")):
        with pytest.raises(
            UserError, match=rf"{name}: cannot be written \(No space left on device\); make space there"
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


def test_an_error_of_the_block_s_own_passes_through(tmp_path):
    write_folder(tmp_path / "folder", "old")
    for build, name in ((built_folder, "folder"), (built_file, "file")):
        with pytest.raises(KeyError), build(tmp_path / name):
            raise KeyError
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


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


def test_lists_of_numbers_are_on_one_line_and_all_is_read_back(tmp_path):
    value = {"a": [1, -2.5, 1e-9], "b": ["1,\n2", "[3]", "é"], "c": [], "d": [[1, 2], [3]]}
    write_json(tmp_path / "value.json", value, indent=2)
    text = (tmp_path / "value.json").read_text(encoding="utf-8")
    assert json.loads(text) == value
    assert '"a": [1, -2.5, 1e-09],\n' in text
    assert '"é"' in text
