"""Outputs are there complete or not at all: whatever is killed, cut from power or written twice at once."""

import errno
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from srgan.atomic import (
    MARK,
    built_file,
    built_folder,
    write_text,
)
from srgan.errors import UserError
from tests.folders import contents, write_folder

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
    message = rf"^{tmp_path}/target: cannot be written \(No such file or directory\); free some space there"
    with pytest.raises(UserError, match=message), build(tmp_path / "target") as temporary:
        (temporary / "missing/a").write_text("new")
    assert not (tmp_path / "target").exists()


def test_an_error_of_the_block_s_own_passes_through(tmp_path):
    write_folder(tmp_path / "folder", "old")
    for build, name in ((built_folder, "folder"), (built_file, "file")):
        with pytest.raises(KeyError), build(tmp_path / name):
            raise KeyError
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
