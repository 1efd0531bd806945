"""Outputs are there complete or not at all: whatever is killed, full, read-only or cut from power."""

import errno
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from srgan import atomic
from srgan.atomic import (
    MARK,
    built_file,
    built_folder,
    json_number,
    reserve,
    take_room,
    temporary_path,
    write_json,
    write_text,
)
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

    def named(name):
        """A temporary name by its beginning; one target has one at a time."""
        return f"{MARK}*" if name.startswith(MARK) else name

    def record(descriptor):
        found.append(("sync", named(Path(f"/proc/self/fd/{descriptor}").readlink().name)))
        fsync(descriptor)

    def recording(call):
        def wrapped(self, other):
            found.append(("rename", named(Path(other).name)))
            return call(self, other)

        return wrapped

    monkeypatch.setattr(os, "fsync", record)
    monkeypatch.setattr(Path, "rename", recording(rename))
    monkeypatch.setattr(Path, "replace", recording(replace))
    return found


def test_a_power_failure_meets_contents_before_names(tmp_path, calls):
    write_text(tmp_path / "text", "new")
    assert calls == [("sync", f"{MARK}*"), ("rename", "text"), ("sync", tmp_path.name)]
    calls.clear()
    with built_folder(tmp_path / "target") as folder:
        (folder / "inner").mkdir()
        (folder / "inner" / "a").write_text("a")
        (folder / "b").write_text("b")
    assert set(calls[:-2]) == {("sync", name) for name in ("a", "b", "inner", f"{MARK}*")}
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


def rename_failing(monkeypatch, ends):
    """Let renaming to a name that ends like this fail, as on a disk that takes no more changes."""
    rename = Path.rename

    def failing(self, other):
        if Path(other).name.endswith(ends) and self.name.startswith(MARK):
            raise PermissionError(errno.EACCES, "Permission denied", str(self))
        return rename(self, other)

    monkeypatch.setattr(Path, "rename", failing)


def test_a_folder_that_cannot_be_put_in_place_leaves_the_old_one(tmp_path, monkeypatch):
    write_folder(tmp_path / "target", "old")
    with monkeypatch.context() as patch:
        rename_failing(patch, "target")
        with pytest.raises(UserError, match=r"target: cannot be written \(Permission denied\); get write access"):
            write_folder(tmp_path / "target", "new")
    assert contents(tmp_path / "target") == dict.fromkeys("abc", "old")
    assert [path.name for path in tmp_path.iterdir()] == ["target"]


def test_a_folder_that_was_about_to_be_replaced_is_put_back_by_the_next_run(tmp_path, repository):
    """Also by one that fails, and whatever it was to write."""
    write_folder(tmp_path / "target", "old")
    code = (
        "import os, sys; from pathlib import Path; from srgan import atomic\n"
        "rename = Path.rename\n"
        "def killed(self, other):\n"
        "    os._exit(9) if Path(other) == Path(sys.argv[1]) else rename(self, other)\n"
        "Path.rename = killed\n"
        "with atomic.built_folder(Path(sys.argv[1])) as folder: (folder / 'a').write_text('new')\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "target")]
    assert subprocess.run(command, cwd=repository, check=False).returncode == 9
    assert not (tmp_path / "target").exists()
    with pytest.raises(KeyError), built_file(tmp_path / "other"):
        raise KeyError
    assert contents(tmp_path / "target") == dict.fromkeys("abc", "old")
    assert [path.name for path in tmp_path.iterdir()] == ["target"]


def test_two_that_write_the_same_at_once_do_not_meet(tmp_path):
    target = tmp_path / "target"
    with built_file(target) as one, built_file(target) as other:
        one.write_text("one")
        other.write_text("other")
        assert one.read_text() == "one"
    assert target.read_text() == "one"  # the last to end
    with built_folder(tmp_path / "folder") as one, built_folder(tmp_path / "folder") as other:
        (one / "a").write_text("one")
        (other / "b").write_text("other")
    assert contents(tmp_path / "folder") == {"a": "one"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "target"]


def left(folder, name):
    (folder / name).write_text("left")
    return folder / name


def test_what_a_killed_process_left_is_cleared_unless_another_may_still_write_it(tmp_path):
    with temporary_path(tmp_path) as path:
        ours = path.name
    other_machine = f"{MARK}00000000-{ours.rpartition('-')[2]}"
    mine = left(tmp_path, ".mine.tmp")
    with temporary_path(tmp_path):
        beside = left(tmp_path, ours)
        write_text(tmp_path / "text", "new")
        assert beside.exists()  # somebody, here the block, uses such names
    left(tmp_path, ours)
    foreign = left(tmp_path, other_machine)
    write_text(tmp_path / "text", "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([mine.name, foreign.name, "text"])
    os.utime(foreign, (0, time.time() - atomic.FOREIGN_SECONDS - 9))
    write_text(tmp_path / "text", "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == [mine.name, "text"]


def test_what_runs_in_another_process_is_not_cleared(tmp_path, repository):
    code = (
        "import sys; from pathlib import Path; from srgan.atomic import built_file\n"
        "with built_file(Path(sys.argv[1])) as path:\n"
        "    path.write_text('theirs'); print('there', flush=True); sys.stdin.readline()\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "theirs")]
    with subprocess.Popen(command, cwd=repository, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "there\n"
            write_text(tmp_path / "ours", "ours")
            process.communicate("go on\n", timeout=60)
        finally:
            process.kill()
    assert (tmp_path / "theirs").read_text() == "theirs"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ours", "theirs"]


@pytest.mark.parametrize("name", ["a" * 250, "ä" * 125])
def test_long_names(tmp_path, name):
    write_text(tmp_path / name, "new")
    assert (tmp_path / name).read_text() == "new"
    for _ in range(2):
        write_folder(tmp_path / "in" / name, "new")
    assert contents(tmp_path / "in" / name) == dict.fromkeys("abc", "new")


@pytest.mark.parametrize("build", [built_file, built_folder])
def test_a_file_that_the_block_cannot_read_is_named(tmp_path, build):
    source = tmp_path / "photo.png"
    message = rf"^{source}: cannot be read \(No such file or directory\); make it readable or remove it"
    with pytest.raises(UserError, match=message), build(tmp_path / "target"):
        shutil.copyfile(source, tmp_path / "copy")
    message = rf"^{tmp_path}/target: cannot be written \(No such file or directory\); make space there"
    with pytest.raises(UserError, match=message), build(tmp_path / "target") as temporary:
        (temporary / "missing/a").write_text("new")
    assert not (tmp_path / "target").exists()


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
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "value.json", {"mesh": math.nan}, indent=2)
    assert json.loads((tmp_path / "value.json").read_text(encoding="utf-8")) == value


@given(st.floats())
def test_any_number_survives_json(value):
    back = float(json.loads(json.dumps(json_number(np.float64(value)), allow_nan=False)))
    assert back == value or (math.isnan(back) and math.isnan(value))
