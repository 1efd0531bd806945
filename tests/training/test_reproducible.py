"""The same inputs give the same bytes, also where operations could run beside each other."""

import os
import subprocess
import sys

import pytest


@pytest.mark.slow
def test_processes_that_train_alike_end_alike(repository):
    """With operations beside each other six such processes ended in five ways."""
    environment = {name: value for name, value in os.environ.items() if name != "TF_NUM_INTEROP_THREADS"}
    command = [sys.executable, "-m", "tests.training.train_vgg"]
    digests = {
        subprocess.run(command, cwd=repository, env=environment, capture_output=True, check=True).stdout
        for _ in range(3)
    }
    assert len(digests) == 1
    assert len(digests.pop()) == 64
