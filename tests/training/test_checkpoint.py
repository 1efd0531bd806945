"""Scratch folders: what is saved comes back, what is damaged does not, and nobody shares one."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import keras
import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from srgan.errors import UserError
from srgan.training.checkpoint import KEPT, Scratch, checkpoints, in_use


def variables(value):
    return {"a": keras.Variable(np.full((2, 3), value, "float32")), "b": keras.Variable(int(value), dtype="int64")}


def test_what_is_saved_comes_back(tmp_path):
    record = {"rows": [{"iteration": 25, "loss": 0.1234567890123}], "window": []}
    with Scratch(tmp_path, "gan", "key") as scratch:
        scratch.save(30, variables(7), record)
        fresh = variables(0)
        assert scratch.restore(fresh) == (30, record)
        np.testing.assert_array_equal(fresh["a"].numpy(), np.full((2, 3), 7))
        assert int(fresh["b"]) == 7


def test_nothing_saved_nothing_restored(tmp_path):
    with Scratch(tmp_path, "gan", "key") as scratch:
        assert scratch.restore(variables(0)) is None
        assert scratch.recall("mlflow_run") is None
        scratch.remember("mlflow_run", "abc")
        assert scratch.recall("mlflow_run") == "abc"


def test_the_newest_two_are_kept(tmp_path):
    with Scratch(tmp_path, "gan", "key") as scratch:
        for iteration in range(1, 6):
            scratch.save(iteration, variables(iteration), {})
        assert len(list(scratch.folder.glob("*.npz"))) == KEPT
        assert scratch.restore(variables(0))[0] == 5


@pytest.fixture(scope="module")
def two_checkpoints(tmp_path_factory):
    """The bytes of checkpoint 1 and checkpoint 2, by file name."""
    root = tmp_path_factory.mktemp("scratch")
    with Scratch(root, "gan", "key") as scratch:
        scratch.save(1, variables(1), {})
        scratch.save(2, variables(2), {})
        return {path.name: path.read_bytes() for path in scratch.folder.glob("*.npz")}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_checkpoint_damaged_anywhere_is_passed_over_for_the_one_before(tmp_path_factory, two_checkpoints, data):
    with Scratch(tmp_path_factory.mktemp("scratch"), "gan", "key") as scratch:
        older, newer = sorted(two_checkpoints)
        content = bytearray(two_checkpoints[newer])
        place = data.draw(st.integers(0, len(content) - 1))
        if data.draw(st.booleans()):
            content[place] ^= data.draw(st.integers(1, 255))
        else:
            del content[place:]
        (scratch.folder / older).write_bytes(two_checkpoints[older])
        (scratch.folder / newer).write_bytes(content)
        assert scratch.restore(variables(0))[0] == 1


def test_a_damaged_checkpoint_is_deleted_so_that_it_is_never_the_one_before(tmp_path, capsys):
    with Scratch(tmp_path, "gan", "key") as scratch:
        scratch.save(1, variables(1), {})
        scratch.save(5, variables(5), {})
        damaged = checkpoints(scratch.folder)[0]
        damaged.write_bytes(damaged.read_bytes()[:-1])
        assert scratch.restore(variables(0))[0] == 1
        assert "damaged, deleted; going back to the one before it" in capsys.readouterr().out
        scratch.save(2, variables(2), {})
        assert [path.name[:9] for path in checkpoints(scratch.folder)] == ["000000002", "000000001"]


def test_one_that_another_worker_has_deleted_is_passed_over(tmp_path, monkeypatch):
    """All workers of a training read the same folder at once."""
    with Scratch(tmp_path, "gan", "key") as scratch:
        scratch.save(1, variables(1), {})
        scratch.save(5, variables(5), {})
        found = checkpoints(scratch.folder)
        monkeypatch.setattr(scratch, "_checkpoints", lambda: found)
        found[0].unlink()
        assert scratch.restore(variables(0))[0] == 1


def test_a_half_written_checkpoint_is_no_checkpoint_and_is_swept_away(tmp_path):
    with Scratch(tmp_path, "gan", "key") as scratch:
        scratch.save(1, variables(1), {})
    (scratch.folder / "123.partial").write_bytes(b"half")
    with Scratch(tmp_path, "gan", "key") as scratch:
        assert scratch.restore(variables(0))[0] == 1
        assert not list(scratch.folder.glob("*.partial"))


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


HOLDING = """
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
import numpy as np
from srgan.training.checkpoint import Scratch
with Scratch(Path(sys.argv[1]), "gan", "key") as scratch:
    print("entered", flush=True)
    end = sys.stdin.readline().strip()
    if end:
        values = {"a": np.full((2, 3), 7, np.float32), "b": np.int64(7)}
        scratch.save(7, {name: SimpleNamespace(value=value) for name, value in values.items()}, {})
        scratch.remember("mlflow_run", "abc")
    if end == "finished":
        scratch.finish([])
"""


@pytest.mark.parametrize(("end", "iteration", "run"), [("", None, None), ("saved", 7, "abc"), ("finished", 7, None)])
def test_a_second_process_says_who_is_in_the_run_and_goes_on_when_that_is_through(
    tmp_path, repository, monkeypatch, capfd, end, iteration, run
):
    monkeypatch.chdir(tmp_path)  # where no dvc.lock has the result
    command = [sys.executable, "-c", HOLDING, str(tmp_path)]
    with subprocess.Popen(command, cwd=repository, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "entered\n"
        with Scratch(tmp_path, "gan", "another key"):
            pass
        leave = threading.Timer(0.5, lambda: (other.stdin.write(f"{end}\n"), other.stdin.flush()))
        leave.start()
        with Scratch(tmp_path, "gan", "key") as scratch:
            assert other.wait(30) == 0
            assert f"in use by process {other.pid} on " in capfd.readouterr().out
            restored = scratch.restore(variables(0))
            assert (restored and restored[0]) == iteration
            assert scratch.recall("mlflow_run") == run


def test_two_processes_are_never_in_one_run(tmp_path, repository):
    """What one adds to a number in a file, another would overwrite."""
    code = """
import sys, time
from pathlib import Path
from srgan.training.checkpoint import Scratch
number = Path(sys.argv[2])
for _ in range(5):
    with Scratch(Path(sys.argv[1]), "gan", "key"):
        before = int(number.read_text())
        time.sleep(0.01)
        number.write_text(str(before + 1))
"""
    (tmp_path / "number").write_text("0")
    command = [sys.executable, "-c", code, str(tmp_path / "scratch"), str(tmp_path / "number")]
    processes = [subprocess.Popen(command, cwd=repository) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert (tmp_path / "number").read_text() == "15"


def test_nothing_is_left_of_a_run_that_saved_nothing(tmp_path):
    with Scratch(tmp_path, "gan", "key"):
        assert list(tmp_path.iterdir())
    assert list(tmp_path.iterdir()) == []


def test_no_lock_is_left_of_one_that_did(tmp_path):
    with Scratch(tmp_path, "gan", "key") as scratch:
        scratch.save(1, variables(1), {})
        assert in_use(scratch.folder)
    assert not in_use(scratch.folder)
    assert [path.name for path in scratch.folder.iterdir()] == [checkpoints(scratch.folder)[0].name]


@pytest.fixture
def finished(tmp_path, monkeypatch):
    """A finished run whose results lie in the current directory, and a function that records them as DVC does."""
    monkeypatch.chdir(tmp_path)
    Path("gan.csv").write_text("iteration,loss\n")
    with Scratch(tmp_path / "scratch", "gan", "key") as scratch:
        for iteration in (1, 2):
            scratch.save(iteration, variables(iteration), {})
        scratch.remember("mlflow_run", "abc")
        scratch.finish([Path("gan.csv")])

    def record(text):
        outs = [
            {"path": "models/gan", "md5": "0.dir"},
            {"path": "gan.csv", "md5": hashlib.md5(text.encode()).hexdigest()},
        ]
        Path("dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": {"gan": {"cmd": "x", "outs": outs}}}))

    return tmp_path / "scratch", record


@pytest.mark.parametrize("recorded", [None, "another result\n"])
def test_a_finished_run_that_dvc_has_not_recorded_goes_on_at_its_end(finished, recorded):
    root, record = finished
    if recorded:
        record(recorded)
    with Scratch(root, "gan", "key") as scratch:
        assert len(checkpoints(scratch.folder)) == 1
        assert scratch.restore(variables(0))[0] == 2
        assert scratch.recall("mlflow_run") == "abc"


def test_a_finished_run_that_dvc_has_recorded_begins_anew_when_asked_for_again(finished):
    root, record = finished
    record("iteration,loss\n")
    with Scratch(root, "gan", "key") as scratch:
        assert scratch.restore(variables(0)) is None
        assert scratch.recall("mlflow_run") is None


def test_an_older_run_that_another_is_deleting_is_no_error(finished, monkeypatch):
    root, _ = finished
    delete = shutil.rmtree

    def slower(folder, **options):
        delete(folder)
        delete(folder, **options)

    monkeypatch.setattr(shutil, "rmtree", slower)
    with Scratch(root, "gan", "next") as scratch:
        scratch.save(1, variables(1), {})
        scratch.finish([Path("gan.csv")])
    assert [path.name for path in root.iterdir()] == ["gan-next"]


def test_of_a_stage_s_finished_runs_the_last_one_stays_and_no_interrupted_one_goes(finished, tmp_path):
    root, _ = finished
    with Scratch(root, "gan", "interrupted") as scratch, Scratch(root, "vgg", "another stage") as other:
        scratch.save(1, variables(1), {})
        other.save(1, variables(1), {})
        other.finish([Path("gan.csv")])
    with Scratch(root, "gan", "next") as scratch:
        scratch.save(1, variables(1), {})
        scratch.finish([Path("gan.csv")])
    assert sorted(path.name for path in root.iterdir()) == ["gan-interrupted", "gan-next", "vgg-another stage"]


def test_a_finished_run_that_is_in_use_stays_when_another_finishes(finished):
    root, _ = finished
    with Scratch(root, "gan", "key") as used, Scratch(root, "gan", "next") as other:
        other.finish([Path("gan.csv")])
        assert used.restore(variables(0)) == (2, {})
