"""A checkpoint is not lost, whatever is killed, full, read-only, deleted or cut from power."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from srgan.errors import UserError
from srgan.training.checkpoint import KEPT, Scratch, checkpoints
from tests.training.variables import variables

# Saves 7 and 8, and kills itself before its n-th change to the file system. The variables are NumPy's: no TensorFlow.
KILLED = """
import os, signal, sys
from pathlib import Path
from types import SimpleNamespace
import numpy as np
from srgan.training.checkpoint import Scratch
left = int(sys.argv[2])
with Scratch(Path(sys.argv[1]), "gan", "key") as scratch:
    def count(event, arguments):
        global left
        if event in ("open", "os.mkdir", "os.rename", "os.remove"):
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(count)
    for iteration in (7, 8):
        values = {"a": np.full((2, 3), iteration, np.float32), "b": np.int64(iteration)}
        scratch.save(iteration, {name: SimpleNamespace(value=value) for name, value in values.items()}, {})
        print(iteration, flush=True)
"""


def test_killed_before_any_change_to_the_disk_no_checkpoint_that_was_saved_is_lost(tmp_path, repository):
    restored = []
    for moment in range(1, 100):
        folder = tmp_path / str(moment)
        with Scratch(folder, "gan", "key") as scratch:
            scratch.save(5, variables(5), {})
            scratch.save(6, variables(6), {})
        command = [sys.executable, "-c", KILLED, str(folder), str(moment)]
        done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
        saved = max([6, *map(int, done.stdout.split())])
        with Scratch(folder, "gan", "key") as scratch:
            fresh = variables(0)
            iteration, _ = scratch.restore(fresh)
            assert iteration in (saved, saved + 1), moment
            assert int(fresh["b"]) == iteration
            assert len(checkpoints(scratch.folder)) >= KEPT
        restored.append(iteration)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
    assert done.returncode == 0
    assert set(restored) == {6, 7, 8}


def test_a_power_failure_meets_the_new_checkpoint_before_the_old_one_goes(tmp_path, monkeypatch):
    events = []
    fsync, replace, unlink = os.fsync, Path.replace, Path.unlink

    def record(descriptor):
        events.append(("sync", Path(f"/proc/self/fd/{descriptor}").readlink().name))
        fsync(descriptor)

    def replacing(self, target):
        events.append(("rename", Path(target).name))
        return replace(self, target)

    def unlinking(self, missing_ok=False):
        events.append(("delete", self.name))
        unlink(self, missing_ok=missing_ok)

    with Scratch(tmp_path, "gan", "key") as scratch:
        for iteration in (1, 2):
            scratch.save(iteration, variables(iteration), {})
        oldest = checkpoints(scratch.folder)[-1].name
        monkeypatch.setattr(os, "fsync", record)
        monkeypatch.setattr(Path, "replace", replacing)
        monkeypatch.setattr(Path, "unlink", unlinking)
        scratch.save(3, variables(3), {})
        newest = checkpoints(scratch.folder)[0].name
        monkeypatch.undo()
    assert events == [
        ("sync", f"{os.getpid()}.partial"),
        ("rename", newest),
        ("sync", scratch.folder.name),
        ("delete", oldest),
    ]


def test_a_full_disk_is_a_sentence_and_keeps_the_checkpoint_before(disk):
    place = disk("size=256k")
    with Scratch(place, "gan", "key") as scratch:
        scratch.save(1, variables(1), {})
        large = variables(2) | {"c": keras.Variable(np.zeros((300, 300), "float32"))}
        with pytest.raises(
            UserError, match=r"the checkpoint of iteration 2 cannot be written \(No space left on device\)"
        ):
            scratch.save(2, large, {})
        assert scratch.restore(variables(0))[0] == 1
        assert not list(scratch.folder.glob("*.partial"))
        disk("remount,size=2m")
        scratch.save(2, large, {})
        assert scratch.restore(large)[0] == 2


def test_a_read_only_disk_is_a_sentence(disk):
    place = disk("size=256k")
    disk("remount,ro")
    with pytest.raises(UserError, match=r"cannot be written \(Read-only file system\)"), Scratch(place, "gan", "key"):
        pass


def test_a_scratch_deleted_during_the_run_costs_nothing_but_its_checkpoints(tmp_path):
    with Scratch(tmp_path / "scratch", "gan", "key") as scratch:
        scratch.save(1, variables(1), {})
        shutil.rmtree(tmp_path / "scratch")
        scratch.save(2, variables(2), {})
        assert scratch.restore(variables(0))[0] == 2
        shutil.rmtree(tmp_path / "scratch")
    assert not (tmp_path / "scratch").exists()
