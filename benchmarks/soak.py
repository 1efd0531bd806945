"""Kill a tiny pipeline at random moments until it is through, again and again: are the bytes those of a whole run?

    python -m benchmarks.soak --kills 50
    python -m benchmarks.soak --kills 10 --way temp     (or exp, or queue)

Every kill is of real processes, DVC's and the stage's, in one of five phases: `start` (anywhere in a stage's first
seconds), `training`, `checkpoint` (one is being written), `output` (an output is being built) and `recording` (the
stage has finished, DVC has not recorded it). At the end of each pass models/*/*.h5, dvc.lock and the steps in MLflow's
store are compared with those of a `dvc repro` that nothing interrupted.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import psutil

from benchmarks.tiny import environment, make_tiny
from srgan.training.checkpoint import FINISHED

REPOSITORY = Path(__file__).resolve().parent.parent
SETTINGS = {
    "training": {"checkpoint_every": 1, "log_every": 2, "validate_every": 4},
    "pretrain": {"iterations": 12},
    "gan": {"iterations": 8},
    "vgg": {"iterations": 8},
    "wgan": {"iterations": 8},
}
# Ctrl-C and kill reach all processes of the terminal; SIGKILL is what is left of them after a power failure.
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
TRIGGERS: dict[str, tuple[str, ...]] = {  # phase: patterns of files that show it
    "start": (),
    "training": (".scratch/*/*.npz",),
    "checkpoint": (".scratch/*/*.partial", ".scratch/*/*.npz"),  # half written, or just renamed and not yet safe
    "output": tuple(
        f"{copy}{folder}/.*.tmp"
        for copy in ("", ".dvc/tmp/exps/standalone/*/", ".dvc/tmp/exps/*/")  # the last two: of --temp and of the queue
        for folder in ("models", "data", "data/raw", "results", "results/curves")
    ),
    "recording": (f".scratch/*/{FINISHED}",),
}
DELAYS = {"start": 12.0, "training": 0.5, "checkpoint": 0.0, "output": 0.01, "recording": 1.5}  # seconds at most
PATIENCE = 600.0  # seconds that a pipeline may take to end
WAYS: dict[str, tuple[str, ...]] = {  # how the pipeline is run: DVC's arguments
    "repro": ("repro",),
    "exp": ("exp", "run"),
    "temp": ("exp", "run", "--temp"),
    "queue": ("exp", "run", "--run-all", "--jobs", "1"),
}


class Kill(NamedTuple):
    """A kill that is planned."""

    phase: str
    number: signal.Signals
    delay: float  # seconds after the phase is seen


def plan(seed: int) -> Iterator[Kill]:
    """Kills without end: every phase with every signal, in random order, and again."""
    rng = random.Random(seed)  # noqa: S311
    pairs = [(phase, number) for phase in TRIGGERS for number in SIGNALS]
    while True:
        for phase, number in rng.sample(pairs, len(pairs)):
            yield Kill(phase, number, rng.uniform(0, DELAYS[phase]))


def soak(
    source: Path,
    folder: Path,
    kills: Iterator[Kill],
    count: int,
    deadline: float,
    *,
    target: str = "",
    way: str = "repro",
) -> bool:
    """Run whole, then with kills until there were enough.

    Args:
        source: a checkout of the project.
        folder: an empty folder to work in.
        kills: which, one after another; one whose phase the pipeline has behind it is passed over.
        count: how many are to hit.
        deadline: time.monotonic() after which there are no more.
        target: the stage to run to; empty: all.
        way: one of WAYS, for what is killed.

    Returns:
        Whether every pass ended with the bytes of the whole run.
    """
    began = time.monotonic()
    make_tiny(source, folder / "whole", SETTINGS)
    run(folder / "whole", "repro", target)
    expected = fingerprint(folder / "whole")
    print(f"whole run: {time.monotonic() - began:.0f} s, {len(expected)} things to compare", flush=True)

    done: list[Kill] = []
    passes, same = 0, True
    while len(done) < count and time.monotonic() < deadline:
        passes += 1
        project = folder / f"pass-{passes}"
        make_tiny(source, project, SETTINGS)
        while len(done) < count and time.monotonic() < deadline:
            kill = next(kills)
            hit = run_and_kill(project, way, target, kill)
            if hit is None:
                break
            stage, after = hit
            done.append(kill)
            print(f"{len(done):3}  {kill.number.name:7}  {kill.phase:10}  {stage:8}  after {after:.1f} s", flush=True)
        run(project, way, target)
        found = fingerprint(project)
        differing = sorted(name for name in expected | found if expected.get(name) != found.get(name))
        same = same and not differing
        print(f"pass {passes}: {f'DIFFERENT: {differing}' if differing else 'the same'}", flush=True)
    counts = Counter(kill.number.name for kill in done) + Counter(kill.phase for kill in done)
    text = ", ".join(f"{name} {number}" for name, number in counts.items())
    verdict = "all as the whole run" if same else "NOT all as the whole run"
    print(f"{len(done)} kills ({text}) in {passes} passes, {(time.monotonic() - began) / 60:.1f} min: {verdict}")
    return same


def run_and_kill(project: Path, way: str, target: str, kill: Kill) -> tuple[str, float] | None:
    """Run the pipeline and kill it in a phase.

    Returns:
        The stage that was hit and the seconds until then; None where the pipeline was through before.
    """
    before, began = _seen(project, kill.phase), time.monotonic()
    with _dvc(project, way, target) as process:
        while process.poll() is None:
            if kill.phase == "start" or _seen(project, kill.phase) - before:
                time.sleep(kill.delay)
                break
            time.sleep(0.0005)
        after = time.monotonic() - began
        if (status := process.poll()) is None:
            os.killpg(process.pid, kill.number)
            for other in _processes(project):  # the queue's worker and its stage are a group of their own
                with suppress(psutil.NoSuchProcess):
                    if os.getpgid(other.pid) != process.pid:
                        other.send_signal(kill.number)
            status = process.wait(PATIENCE)
            _wait_for_processes(project)
        elif status:
            raise RuntimeError(f"{project}: dvc failed by itself:\n{_log(project).read_text()}")
    running = [
        line.split("'")[1] for line in _log(project).read_text().splitlines() if line.startswith("Running stage")
    ]
    return None if status == 0 else (running[-1] if running else "dvc", after)


def run(project: Path, way: str, target: str) -> None:
    """Run the pipeline to its end, and have its results in the working tree."""
    with _dvc(project, way, target) as process:
        if process.wait(PATIENCE):
            raise RuntimeError(f"{project}: dvc failed:\n{_log(project).read_text()}")
    if way in ("temp", "queue"):
        newest = _run(
            project, "git", "for-each-ref", "--sort=-committerdate", "--format=%(refname:lstrip=4)", "refs/exps"
        )
        _run(project, "dvc", "exp", "apply", newest.split()[0])


def fingerprint(project: Path) -> dict[str, object]:
    """What must not depend on kills: the sha256 of outputs, and the steps that MLflow has of each finished run."""
    files = [*sorted(project.glob("models/*/*.h5")), project / "dvc.lock"]
    found: dict[str, object] = {
        path.relative_to(project).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }
    query = """select r.name, m.step from runs r join metrics m using (run_uuid)
               where m.key = 'loss' and r.status = 'FINISHED' order by r.name, m.step"""
    with closing(sqlite3.connect(project / "mlflow.db")) as store:
        for name, step in store.execute(query):
            found.setdefault(f"steps of {name}", []).append(step)  # type: ignore[attr-defined]
    return found


def _seen(project: Path, phase: str) -> set[Path]:
    return {path for pattern in TRIGGERS[phase] for path in project.glob(pattern)}


def _log(project: Path) -> Path:
    return project.with_suffix(".log")


@contextmanager
def _dvc(project: Path, way: str, target: str) -> Iterator[subprocess.Popen[bytes]]:
    """The pipeline in a group of processes of its own, of which none is left afterwards."""
    targets = list(filter(None, [target]))
    if way == "queue":
        _run(project, "dvc", "exp", "run", "--queue", *targets)
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


def _run(project: Path, *command: str) -> str:
    return subprocess.run(command, cwd=project, env=environment(), stdout=subprocess.PIPE, text=True, check=True).stdout


def _wait_for_processes(project: Path) -> None:
    """Wait until no process of a project is left: a stage that was asked to stop outlives DVC by an iteration."""
    deadline = time.monotonic() + PATIENCE
    while processes := _processes(project):
        if time.monotonic() > deadline:
            raise RuntimeError(f"{processes} do not stop")
        time.sleep(0.05)


def _processes(project: Path) -> list[psutil.Process]:
    """The living processes that work in a project or in one of DVC's copies of it."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            if process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()).is_relative_to(project):
                found.append(process)
    return found


def main() -> None:
    """Read the command line and do it; the exit status is 1 where bytes differ."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=50, help="how many (50)")
    parser.add_argument("--way", choices=WAYS, default="repro", help="how the pipeline is run (repro)")
    parser.add_argument("--seed", type=int, default=1, help="of their order, signals and moments (1)")
    parser.add_argument("--minutes", type=float, default=20.0, help="plan no further kill after so many (20)")
    options = parser.parse_args()
    # A shell that starts this in the background has it ignore Ctrl-C, and children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    deadline = time.monotonic() + 60 * options.minutes
    with tempfile.TemporaryDirectory(prefix="soak-", ignore_cleanup_errors=True) as folder:
        same = soak(REPOSITORY, Path(folder), plan(options.seed), options.kills, deadline, way=options.way)
    sys.exit(not same)


if __name__ == "__main__":
    main()
