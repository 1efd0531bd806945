"""A folder that is looked at again and again: what comes into it is enlarged."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

Pair = tuple[Path, Path]  # a picture and the file it becomes
PAUSE = 1.0  # seconds between two looks


def arrivals(pairs: Callable[[], Iterable[Pair]], pause: float = PAUSE) -> Iterator[Pair]:
    """The pictures that are there and come, without end, each as soon as it is whole.

    A file is whole when two looks find the same size and time of change: who copies it in is done. One that was given
    out is given out again only when it has changed, so what cannot be enlarged is reported once.

    Args:
        pairs: looks what is there, and names for each picture its target; those with a target are left out.
        pause: seconds between two looks.
    """
    before: dict[Path, tuple[int, int]] = {}
    given: dict[Path, tuple[int, int]] = {}
    while True:
        now = {}
        for source, target in pairs():
            try:
                found = source.stat()
            except FileNotFoundError:  # it was moved away meanwhile
                continue
            now[source] = state = (found.st_size, found.st_mtime_ns)
            if before.get(source) == state != given.get(source) and not target.exists():
                given[source] = state
                yield source, target
        before = now
        time.sleep(pause)
