"""Nobody shares a scratch folder, and who leaves it leaves no lock."""

import subprocess
import sys
import threading

import pytest

from srgan.training.checkpoint import Scratch, checkpoints, in_use
from tests.training.variables import variables

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
