"""Enlarge pictures of any size in bounded memory, tile by tile, with the same result as in one piece."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np


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
        """The slices that cut it out of an array (height, width, ...)."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)


class Tile(NamedTuple):
    """A part of the result, and the part with its surroundings, which the network must see to make it."""

    part: Window
    seen: Window


def plan(height: int, width: int, tile: int, radius: int) -> list[Tile]:
    """Divide an LR picture into tiles.

    The network sees every part with `radius` pixels around it, but nothing beyond the picture: at its border the
    network pads as it does for the whole picture. So no output pixel differs. Parts are nearly equal, of at most four
    shapes.

    Args:
        height: of the picture.
        width: of the picture.
        tile: largest side of a part.
        radius: see srgan.models.architecture.receptive_radius.
    """
    tiles = []
    for (top, bottom), (left, right) in product(_divide(height, tile), _divide(width, tile)):
        above, before = max(0, top - radius), max(0, left - radius)
        below, after = min(height, bottom + radius), min(width, right + radius)
        part = Window(top, left, bottom - top, right - left)
        tiles.append(Tile(part, Window(above, before, below - above, after - before)))
    return tiles


def enlarged_tiles(
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


def assemble(
    network: Callable[[Window], np.ndarray], size: tuple[int, int], tile: int, radius: int, scale: int
) -> np.ndarray:
    """Make the whole result tile by tile: (scale x height, scale x width, 3) float32.

    Args:
        network: as for enlarged_tiles.
        size: height and width of the LR picture.
        tile: largest side of a part.
        radius: how many pixels around a part the network must see.
        scale: of the network.
    """
    height, width = size
    sr = np.empty((scale * height, scale * width, 3), np.float32)
    # The largest first, so that a runtime that keeps its buffers has enough for all.
    tiles = sorted(plan(height, width, tile, radius), key=lambda each: -each.seen.height * each.seen.width)
    for place, pixels in enlarged_tiles(network, tiles, scale):
        sr[place.slices] = pixels
    return sr


def _divide(length: int, tile: int) -> list[tuple[int, int]]:
    """Cut a length into the fewest pieces of at most `tile`, equal to within a pixel."""
    count = -(-length // tile)
    edges = [length * i // count for i in range(count + 1)]
    return list(pairwise(edges))
