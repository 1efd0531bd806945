"""Pictures of any size in bounded memory: piece by piece, with the same result as in one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise, product
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil

SMALLEST = 32  # LR pixels of a tile's side, however little memory there is
ENOUGH = 2**29  # bytes for a tile, however much there is: the surroundings of larger ones hardly weigh any more


class Window(NamedTuple):
    """A rectangle of a picture, in its pixels."""

    top: int
    left: int
    height: int
    width: int

    def times(self, scale: int) -> Window:
        """The same in a picture `scale` times as large."""
        return Window(*(scale * value for value in self))

    @property
    def slices(self) -> tuple[slice, slice]:
        """What cuts it out of an array (height, width, ...)."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)


class Tile(NamedTuple):
    """A part of the result, and what the network must see to make it: the part with its surroundings."""

    part: Window
    seen: Window


def plan(height: int, width: int, tile: int, radius: int) -> list[Tile]:
    """Divide an LR picture.

    Every part is seen with `radius` pixels round it, as far as the picture goes: at its border the network pads as it
    does for the whole picture. So no output pixel differs. Parts are as equal as they can be, of at most four shapes.

    Args:
        height: of the picture.
        width: of the picture.
        tile: largest side of a part.
        radius: see srgan.inference.network.receptive_radius.
    """
    tiles = []
    for (top, bottom), (left, right) in product(_divide(height, tile), _divide(width, tile)):
        above, before = max(0, top - radius), max(0, left - radius)
        below, after = min(height, bottom + radius), min(width, right + radius)
        part = Window(top, left, bottom - top, right - left)
        tiles.append(Tile(part, Window(above, before, below - above, after - before)))
    return tiles


def enlarge(
    network: Callable[[Window], np.ndarray], tiles: list[Tile], scale: int
) -> Iterator[tuple[Window, np.ndarray]]:
    """Run a network over the tiles.

    Args:
        network: enlarges a window of the LR picture, to (H, W, 3) around [-1, 1].
        tiles: from plan.
        scale: of the network.

    Yields:
        Each part's window in the SR picture, and its pixels.
    """
    for part, seen in tiles:
        sr = network(seen)
        within = Window(part.top - seen.top, part.left - seen.left, part.height, part.width)
        yield part.times(scale), sr[within.times(scale).slices]


def affordable_tile(height: int, width: int, bytes_per_pixel: int, radius: int) -> int:
    """The largest side of a tile that takes ENOUGH, or half of the free memory, with its surroundings, in LR pixels.

    Args:
        height: of the picture; if all of it fits, its longer side is the answer.
        width: of the picture.
        bytes_per_pixel: see srgan.inference.network.bytes_per_pixel.
        radius: see srgan.inference.network.receptive_radius.
    """
    pixels = min(ENOUGH, free_memory() // 2) // bytes_per_pixel
    return max(height, width) if height * width <= pixels else max(SMALLEST, int(pixels**0.5) - 2 * radius)


def free_memory(cgroup: Path = Path("/sys/fs/cgroup")) -> int:
    """Bytes this process can still take: of the machine, or of the container (cgroup v2) where that has less."""
    free = psutil.virtual_memory().available
    try:
        limit = (cgroup / "memory.max").read_text(encoding="ascii").strip()
        used = int((cgroup / "memory.current").read_text(encoding="ascii"))
    except (OSError, ValueError):  # not Linux, or not in a container
        return free
    return free if limit == "max" else min(free, max(0, int(limit) - used))


def _divide(length: int, tile: int) -> list[tuple[int, int]]:
    """Cut a length into the fewest pieces of at most `tile`, equal to a pixel."""
    count = -(-length // tile)
    edges = [length * i // count for i in range(count + 1)]
    return list(pairwise(edges))
