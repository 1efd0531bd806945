"""DVC running the pipeline of a project in each of its ways, in processes that can all be found."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from tests.soak.tiny_project import environment

PATIENCE = 600.0  # seconds that a pipeline may take to end
WAYS: dict[str, tuple[str, ...]] = {  # how the pipeline is run: DVC's arguments
    "repro": ("repro",),
    "exp": ("exp", "run"),
    "temp": ("exp", "run", "--temp"),
    "queue": ("exp", "run", "--run-all", "--jobs", "1"),
}


def run(project: Path, way: str, target: str) -> None:
    """Run the pipeline to its end, and have its results in the working tree."""
    with started(project, way, target) as process:
        if process.wait(PATIENCE):
            raise RuntimeError(f"{project}: dvc failed:\n{printed(project)}")
    if way in ("temp", "queue"):
        newest = _command(
            project, "git", "for-each-ref", "--sort=-committerdate", "--format=%(refname:lstrip=4)", "refs/exps"
        )
        _command(project, "dvc", "exp", "apply", newest.split()[0])


@contextmanager
def started(project: Path, way: str, target: str) -> Iterator[subprocess.Popen[bytes]]:
    """The pipeline in a group of processes of its own, of which none is left afterwards."""
    targets = list(filter(None, [target]))
    if way == "queue":
        # A task whose worker was killed stays "Running", and --run-all would wait for it.
        status = [line.split() for line in _command(project, "dvc", "queue", "status").splitlines()]
        if dead := [words[0] for words in status if words[-1:] == ["Running"]]:
            _command(project, "dvc", "queue", "kill", *dead)
        _command(project, "dvc", "exp", "run", "--queue", *targets)
        targets = []
    with _log(project).open("wb") as log:
        process = subprocess.Popen(
            ["dvc", *WAYS[way], *targets],
            cwd=project,
            env=environment(),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def printed(project: Path) -> str:
    """What the last run has printed; of the queue also what its last task has."""
    tasks = sorted(project.glob(".dvc/tmp/exps/run/*/*.out"), key=lambda path: path.stat().st_mtime)
    return "".join(path.read_text() for path in (_log(project), *tasks[-1:]))


def kill(project: Path, process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to all processes of a run, and wait until none is left."""
    os.killpg(process.pid, number)
    for other in _processes(project):  # the queue's worker and its stage are a group of their own
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            if os.getpgid(other.pid) != process.pid:
                other.send_signal(number)
    process.wait(PATIENCE)
    _wait_for_processes(project)


def _wait_for_processes(project: Path) -> None:
    """Wait until no process of a project is left: a stage that was asked to stop outlives DVC by an iteration."""
    deadline = time.monotonic() + PATIENCE
    while living := _processes(project):
        if time.monotonic() > deadline:
            raise RuntimeError(f"{living} do not stop")
        time.sleep(0.05)


def _processes(project: Path) -> list[psutil.Process]:
    """The living processes that work in a project or in one of DVC's copies of it."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            if process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()).is_relative_to(project):
                found.append(process)
    return found


def _log(project: Path) -> Path:
    return project.with_suffix(".log")


def _command(project: Path, *command: str) -> str:
    done = subprocess.run([*command], cwd=project, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{project}: {' '.join(command)} failed:\n{done.stderr}")
    return done.stdout
