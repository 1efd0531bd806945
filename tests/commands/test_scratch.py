"""`python -m srgan scratch`: what interrupted runs have left, and away with it."""

import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from srgan.__main__ import main
from srgan.commands.scratch_folders import scratch_folders
from srgan.training.checkpoint import Scratch, checkpoints


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A project's folder of scratches: an interrupted gan, three hours old, and a finished wgan."""
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    root = tmp_path / ".scratch"
    with Scratch(root, "gan", "a" * 64) as gan, Scratch(root, "wgan", "b" * 64) as wgan:
        for iteration in (100, 150):
            gan.save(iteration, {"w": SimpleNamespace(value=np.zeros(250_000, np.float32))}, {})
        wgan.save(20, {"w": SimpleNamespace(value=np.zeros(2500, np.float32))}, {})
        wgan.finish([])
    before = time.time() - 3 * 3600
    for checkpoint in checkpoints(root / f"gan-{'a' * 16}"):
        os.utime(checkpoint, (before, before))
    return root


def test_the_list_says_what_there_is_newest_first(root, capsys):
    assert main(["scratch"]) == 0
    lines = [line.split(maxsplit=7) for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == ["NAME", "STAGE", "ITERATIONS", "AGE", "SIZE", "STATE"]
    assert lines[1][:3] == ["wgan-" + "b" * 16, "wgan", "20"]
    assert lines[1][4:] == ["s", "0.0", "MB", "finished"]
    assert lines[2] == ["gan-" + "a" * 16, "gan", "150", "3", "h", "2.0", "MB", "interrupted"]


def test_no_scratches_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    assert main(["scratch"]) == 0
    assert capsys.readouterr().out == f"no checkpoints of interrupted runs in {tmp_path}/.scratch\n"
    assert main(["scratch", "--remove"]) == 0
    assert capsys.readouterr().out == "nothing to remove\n"
    assert list(tmp_path.iterdir()) == []


def test_one_is_removed_by_name_or_all(root, capsys):
    assert main(["scratch", "--remove", "gan-" + "a" * 16]) == 0
    assert [path.name for path in root.iterdir()] == ["wgan-" + "b" * 16]
    assert main(["scratch", "--remove"]) == 0
    assert list(root.iterdir()) == []
    assert capsys.readouterr().out == f"removed gan-{'a' * 16}\nremoved wgan-{'b' * 16}\n"


@pytest.mark.parametrize("name", ["pretrain-0", "../.scratch", "", "..", "/"])
def test_a_name_that_is_not_in_the_list_removes_nothing(root, capsys, name):
    assert main(["scratch", "--remove", "gan-" + "a" * 16, name]) == 1
    assert "no scratch folder is called" in capsys.readouterr().err
    assert len(list(root.iterdir())) == 2


def test_one_in_use_is_shown_with_its_holder_and_never_removed(root, capsys):
    name = "gan-" + "a" * 16
    with Scratch(root, "gan", "a" * 64):
        assert main(["scratch"]) == 0
        assert f"in use by process {os.getpid()} on " in capsys.readouterr().out
        assert main(["scratch", "--remove", "wgan-" + "b" * 16, name]) == 1
        assert f"in use by process {os.getpid()} on " in capsys.readouterr().err
        assert len(list(root.iterdir())) == 2
        assert main(["scratch", "--remove"]) == 0
        assert [path.name for path in root.iterdir()] == [name]
    assert main(["scratch", "--remove", name]) == 0


def test_the_command_line_starts_without_tensorflow(root, repository):
    code = "import sys; from srgan.__main__ import main; main(['scratch']); print(sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True, env=os.environ
    )
    assert "'tensorflow'" not in done.stdout
    assert "'keras'" not in done.stdout
    code = (
        "import sys; from srgan.__main__ import build_parser; build_parser().format_help(); print(sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True)
    assert "'numpy'" not in done.stdout


def test_what_a_run_deletes_meanwhile_is_passed_over(root, monkeypatch):
    """Its older checkpoints, and the whole folder at its end."""
    names = [scratch.name for scratch in scratch_folders(root)]
    iterdir = Path.iterdir
    monkeypatch.setattr(Path, "iterdir", lambda path: [*iterdir(path), path / "gone.partial"])
    assert [scratch.name for scratch in scratch_folders(root)] == names
    monkeypatch.setattr(Path, "glob", lambda path, _: [path / "gan-gone"])
    assert scratch_folders(root) == []
