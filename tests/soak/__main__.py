"""Kill a tiny pipeline at random moments until it is through, again and again: are the bytes those of a whole run?

    python -m tests.soak --kills 50
    python -m tests.soak --kills 10 --way temp     (or exp, or queue)

Every kill is of real processes, DVC's and the stage's, in one of five phases: `start` (anywhere in a stage's first
seconds), `training`, `checkpoint` (one is being written), `output` (an output is being built) and `recording` (the
stage has finished, DVC has not recorded it). At the end of each pass models/*/*.h5, dvc.lock and the steps in MLflow's
store are compared with those of a `dvc repro` that nothing interrupted.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from srgan.training.checkpoint import FINISHED
from tests.soak.dvc_runs import WAYS, kill, printed, run, started
from tests.soak.tiny_project import make_tiny

REPOSITORY = Path(__file__).resolve().parents[2]
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


class Kill(NamedTuple):
    """A kill that is planned."""

    phase: str
    number: signal.Signals
    delay: float  # seconds after the phase is seen


def plan(seed: int) -> Iterator[Kill]:
    """Kills without end: every phase with every signal, in random order, and again."""
    rng = random.Random(seed)
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
            planned = next(kills)
            hit = run_and_kill(project, way, target, planned)
            if hit is None:
                break
            stage, after = hit
            done.append(planned)
            print(
                f"{len(done):3}  {planned.number.name:7}  {planned.phase:10}  {stage:8}  after {after:.1f} s",
                flush=True,
            )
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


def run_and_kill(project: Path, way: str, target: str, planned: Kill) -> tuple[str, float] | None:
    """Run the pipeline and kill it in a phase.

    Returns:
        The stage that was hit and the seconds until then; None where the pipeline was through before.
    """
    before, began = _seen(project, planned.phase), time.monotonic()
    with started(project, way, target) as process:
        while process.poll() is None:
            if planned.phase == "start" or _seen(project, planned.phase) - before:
                time.sleep(planned.delay)
                break
            time.sleep(0.0005)
        after = time.monotonic() - began
        if (status := process.poll()) is None:
            kill(project, process, planned.number)
        elif status:
            raise RuntimeError(f"{project}: dvc failed by itself:\n{printed(project)}")
    running = [line.split("'")[1] for line in printed(project).splitlines() if line.startswith("Running stage")]
    return (running[-1] if running else "dvc", after) if status is None else None


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


def main() -> None:
    """Read the command line and do it; the exit status is 1 where bytes differ."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=(__doc__ or "").partition("\n")[0])
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
