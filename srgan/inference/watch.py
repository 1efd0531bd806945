"""Watch folders for new pictures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

Pair = tuple[Path, Path]  # a picture and the file it becomes
PAUSE = 1.0  # seconds between two scans
PATIENCE = 60.0  # seconds before another try


def arrivals(
    pairs: Callable[[], Iterable[Pair]], again: set[Path], pause: float = PAUSE, patience: float = PATIENCE
) -> Iterator[Pair]:
    """Yield present and new pictures without end, each as soon as it is complete.

    A file is complete when two scans find the same size and modification time, so copying it has ended. It is yielded
    again only after a change or on the caller's request, so a picture that cannot be enlarged is reported once.

    Args:
        pairs: finds the pictures, each with its target; pictures whose target exists are left out.
        again: pictures to yield once more because their results had no room; removed from the set when yielded.
        pause: seconds between two scans.
        patience: seconds before a picture comes again.
    """
    before: dict[Path, tuple[int, int]] = {}
    given: dict[Path, tuple[int, int]] = {}
    times: dict[Path, float] = {}  # when they were given
    while True:
        now = {}
        for source, target in pairs():
            try:
                found = source.stat()
            except FileNotFoundError:  # it was moved or deleted meanwhile
                continue
            now[source] = state = (found.st_size, found.st_mtime_ns)
            if before.get(source) != state or target.exists():
                continue
            if given.get(source) != state or (source in again and time.monotonic() >= times[source] + patience):
                given[source], times[source] = state, time.monotonic()
                again.discard(source)
                yield source, target
        before = now
        time.sleep(pause)
