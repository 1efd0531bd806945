"""Runs whose processes were killed without a word, and those that others are at."""

import contextlib
import os
import subprocess
import sys

import pytest

from srgan.tracking import runs
from tests.tracking.piped import change, parents, stage
from tests.tracking.stored import client


@contextlib.contextmanager
def elsewhere(name, repository):
    """A stage's run in another process of this clone, for the length of a block: the process, and the run's id."""
    code = f"""
import time
from srgan.tracking import runs
with runs.run("{name}", {{}}, {{}}) as run:
    print(run.id, flush=True)
    time.sleep(600)
"""
    environment = os.environ | {"PYTHONPATH": str(repository)}
    with subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gan", "evaluate"])
def test_what_a_killed_process_left_running_is_closed_by_the_next_stage_of_the_clone(project, repository, name):
    """Though that is of another experiment, whose settings are others."""
    with elsewhere(name, repository) as (process, dead):
        process.kill()
        process.wait()
        (left,) = parents()
        assert client().get_run(dead).info.status == left.info.status == "RUNNING"
        change(project, "gan", "lr", 5e-6)
        again = stage(name)
        assert again.info.run_id != dead
        assert again.info.status == "FINISHED"
        assert client().get_run(dead).info.status == "KILLED"
        assert client().get_run(left.info.run_id).info.status == "KILLED"
        assert stage(name, run_id=dead).info.status == "FINISHED"  # where it goes on after all


@pytest.mark.slow
def test_what_another_process_of_the_clone_is_at_stays_open(project, repository):
    """As where DVC's queue has several jobs."""
    with elsewhere("gan", repository) as (_, alive):
        change(project, "gan", "lr", 5e-6)
        stage("gan")
        assert client().get_run(alive).info.status == "RUNNING"


@pytest.mark.slow
def test_an_evaluation_that_was_killed_is_closed_by_the_next_of_its_experiment(project, repository):
    """As by the kernel for memory, or when the power failed."""
    with elsewhere("evaluate", repository) as (process, dead):
        process.kill()
        process.wait()
        assert stage("evaluate").info.status == "FINISHED"
        assert client().get_run(dead).info.status == "KILLED"
        (parent,) = parents()
        assert parent.info.status == "FINISHED"


def test_a_training_that_another_machine_goes_on_with_stays_open(project):
    with runs.run("pretrain", {}, {}) as elsewhere:
        stage("pretrain")
        assert client().get_run(elsewhere.id).info.status == "RUNNING"
