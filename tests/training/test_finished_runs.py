"""What stays of finished runs, and when one goes on at its end or begins anew."""

import hashlib
import shutil
from pathlib import Path

import pytest
import yaml

from srgan.training.checkpoint import Scratch, checkpoints
from tests.training.variables import variables


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
