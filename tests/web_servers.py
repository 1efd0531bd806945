"""`srgan web` and `srgan serve`, as a user starts them."""

import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager

SECONDS = 120  # on a busy machine


@contextmanager
def serving(repository, folder, command, *arguments):
    """A server in a folder, with its temporary files in `folder/tmp`; its `url` is where it listens."""
    (folder / "tmp").mkdir(exist_ok=True)
    environment = os.environ | {"PYTHONPATH": str(repository), "TMPDIR": str(folder / "tmp")}
    with subprocess.Popen(
        [sys.executable, "-m", "srgan", command, "--port", "0", *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            server.url = re.search(r"http://[^/\s]+", server.stdout.readline())[0]
            server.files = folder / "tmp"
            yield server
        finally:
            server.terminate()


def until(condition):
    """Wait for a condition."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
