"""What every part shares: a row of the table, a median, and how a part is run."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CROP, BATCH, SCALE = 96, 16, 4  # of the paper
LR_SIDE = 128  # of the picture for inference


@dataclass(frozen=True)
class Row:
    """One figure."""

    part: str
    what: str
    value: float
    unit: str
    beside: str = ""  # what it is compared with, in words

    def show(self) -> None:
        """Print it for the process that collects rows."""
        print("row " + json.dumps(asdict(self)), flush=True)


def median_seconds(call: Callable[[], object], seconds: float, *, warm_up: int = 2, at_least: int = 3) -> float:
    """The median time of a call.

    Args:
        call: does its work completely before it returns.
        seconds: how long to go on measuring.
        warm_up: calls before the first that counts.
        at_least: calls that count, however long they take.
    """
    for _ in range(warm_up):
        call()
    times: list[float] = []
    begun = time.perf_counter()
    while len(times) < at_least or time.perf_counter() - begun < seconds:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def rows_of(module: str, *arguments: str) -> list[Row]:
    """Run a module of this package in a process of its own and collect the rows it prints."""
    print("measuring:", module, *arguments, file=sys.stderr)
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{module}", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"benchmarks.{module} {' '.join(arguments)} failed:\n{done.stderr[-3000:]}")
    lines = [line.removeprefix("row ") for line in done.stdout.splitlines() if line.startswith("row ")]
    return [Row(**json.loads(line)) for line in lines]
