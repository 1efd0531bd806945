"""Watch folders for new pictures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

Pair = tuple[Path, Path]  # a picture and the file it becomes
PAUSE = 1.0  # seconds between two scans


def arrivals(pairs: Callable[[], Iterable[Pair]], pause: float = PAUSE) -> Iterator[Pair]:
    """Yield present and new pictures without end, each as soon as it is complete.

    A file is complete when two scans find the same size and modification time, so copying it has ended. It is yielded
    again only after a change, so a picture that cannot be enlarged is reported once.

    Args:
        pairs: finds the pictures, each with its target; pictures whose target exists are left out.
        pause: seconds between two scans.
    """
    before: dict[Path, tuple[int, int]] = {}
    given: dict[Path, tuple[int, int]] = {}
    while True:
        now = {}
        for source, target in pairs():
            try:
                found = source.stat()
            except FileNotFoundError:  # it was moved or deleted meanwhile
                continue
            now[source] = state = (found.st_size, found.st_mtime_ns)
            if before.get(source) == state != given.get(source) and not target.exists():
                given[source] = state
                yield source, target
        before = now
        time.sleep(pause)
