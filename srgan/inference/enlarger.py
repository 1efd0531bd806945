"""One picture from its file to its enlarged file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from srgan.errors import UserError
from srgan.inference.network import as_function, bytes_per_pixel, receptive_radius
from srgan.inference.pictures import Picture, canvas
from srgan.inference.tiles import Tile, Window, affordable_tile, enlarge, plan
from srgan.models.weights import load_generator, read_model


class Enlarger:
    """A trained generator that enlarges picture files of any kind and size.

    Args:
        folder: of the network, with model.json.
        precision: policy to compute in: `float32`, `mixed_bfloat16` or `mixed_float16`.
        tile: LR pixels of a tile's side; None: as much as memory allows.

    Raises:
        UserError: the network is damaged, or tiles are asked of one that looks at the whole picture.
    """

    def __init__(self, folder: Path, precision: str = "float32", tile: int | None = None):
        generator = load_generator(folder, dtype=precision)
        self.scale: int = read_model(folder)["generator"]["scale"]
        self.network = as_function(generator)
        self.radius = receptive_radius(generator)
        self.bytes_per_pixel = bytes_per_pixel(generator)
        self.tile = tile
        if tile and self.radius is None:
            raise UserError(
                f"--tile {tile}: the network in {folder} has a normalisation over the whole picture (virtual or "
                "layer), so tiles would show; leave --tile out"
            )

    def enlarge(self, source: Path, target: Path, advance: Callable[[float], object] = lambda _: None) -> None:
        """Enlarge a file.

        Args:
            source: a picture file.
            target: the file to make or replace; its suffix names the format.
            advance: called with the LR pixels that are done, as they are.

        Raises:
            UserError: the source cannot be read, or the target not written.
        """
        picture = Picture(source)
        tiles = self._tiles(picture)
        planes = 1 if picture.alpha is None else 2
        bands = 1 if picture.grey else 3
        with canvas(target, picture, self.scale) as blank:
            for place, sr in self._run(picture.read_colours, tiles):
                blank.write(place, 0, sr.mean(axis=2, keepdims=True) if picture.grey else sr)
                advance(place.height * place.width / self.scale**2 / planes)
            if picture.alpha is not None:
                for place, sr in self._run(picture.read_alpha, tiles):
                    blank.write(place, bands, sr.mean(axis=2, keepdims=True))
                    advance(place.height * place.width / self.scale**2 / planes)
            elif picture.has_alpha:
                blank.fill_opaque()

    def _run(self, read: Callable[[Window], np.ndarray], tiles: list[Tile]) -> Iterator[tuple[Window, np.ndarray]]:
        return enlarge(self.network, read, tiles, self.scale)

    def _tiles(self, picture: Picture) -> list[Tile]:
        height, width = picture.height, picture.width
        if self.radius is None:
            return plan(height, width, max(height, width), 0)
        side = self.tile or affordable_tile(height, width, self.bytes_per_pixel, self.radius)
        return plan(height, width, side, self.radius)
