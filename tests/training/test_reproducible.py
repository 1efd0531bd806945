"""The same inputs give the same bytes, also where operations could run beside each other, and on fewer cores."""

import os
import subprocess
import sys

import pytest


def digest(repository, threads, cores=None):
    """What a process leaves that trains with so many threads, on all cores or a few."""
    unset = ("TF_NUM_INTEROP_THREADS", "TF_NUM_INTRAOP_THREADS")
    done = subprocess.run(
        [sys.executable, "-m", "tests.training.train_vgg", str(threads)],
        cwd=repository,
        env={name: value for name, value in os.environ.items() if name not in unset},
        preexec_fn=(lambda: os.sched_setaffinity(0, cores)) if cores else None,
        capture_output=True,
        check=True,
    )
    assert len(done.stdout) == 64
    return done.stdout


@pytest.mark.slow
def test_processes_that_train_alike_end_alike(repository):
    """With operations beside each other six such processes ended in five ways."""
    assert len({digest(repository, threads=0) for _ in range(3)}) == 1


@pytest.mark.slow
def test_with_as_many_threads_one_core_gives_what_several_give(repository):
    """One thread a core gave another file on one core than on two."""
    first = {min(os.sched_getaffinity(0))}
    assert digest(repository, threads=2, cores=first) == digest(repository, threads=2)
