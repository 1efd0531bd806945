"""Enlarge a picture file into another file."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from srgan.data.images import from_signed
from srgan.errors import UserError
from srgan.inference.canvas import canvas
from srgan.inference.interpolate import mix
from srgan.inference.memory import affordable_tile, bytes_per_pixel
from srgan.inference.network import as_function
from srgan.inference.pictures import Picture
from srgan.inference.shipped import srresnet_of
from srgan.inference.sizes import Size
from srgan.inference.symmetries import ensemble
from srgan.models.architecture import receptive_radius
from srgan.models.stored import read_generator
from srgan.models.tiles import Tile, Window, enlarged_tiles, plan


class Enlarger:
    """A trained generator that enlarges picture files of any kind and size.

    Args:
        folder: the folder of the network, with model.json.
        tile: LR pixels of a tile's side; None: see srgan.inference.memory.affordable_tile.
        device: see srgan.inference.network.as_function.
        strength: weight of the network, from 0 to 1; the rest is SRResNet, see srgan.inference.shipped.srresnet_of.
        symmetric: whether to average over the eight symmetries, which takes eight times as long.
        size: of the results; by default the network's.
        metadata: whether EXIF, XMP and IPTC are kept.

    Raises:
        UserError: the network is damaged, a tile is given for a network that needs the whole picture, or the device is
            missing.
    """

    def __init__(
        self,
        folder: Path,
        tile: int | None = None,
        device: str = "cpu",
        strength: float = 1.0,
        symmetric: bool = False,
        size: Size | None = None,
        metadata: bool = True,
    ):
        self.tile, self.size, self.metadata = tile, size or Size(), metadata
        generator, weights = read_generator(folder) if strength == 1 else mix(srresnet_of(folder), folder, strength)
        self.scale: int = generator["scale"]
        if self.size.scale and self.size.scale > self.scale:
            raise UserError(
                f"{self.size.scale:g} times the size is asked for, and the network {folder.name} enlarges {self.scale} "
                "times at most; enlarge the result again"
            )
        self.radius = receptive_radius(generator)
        self.memory = bytes_per_pixel(generator)
        if tile and self.radius is None:
            raise UserError(
                f"--tile {tile}: the network in {folder} has a normalisation over the whole picture (virtual or "
                "layer), so tiles would show; leave --tile out"
            )
        network = as_function(generator, weights, device)
        self.network = ensemble(network) if symmetric else network

    def enlarge(self, source: Path, target: Path, advance: Callable[[float], object] = lambda _: None) -> Picture:
        """Enlarge a file.

        Args:
            source: a picture file.
            target: the file to make or replace; its suffix names the format.
            advance: called with the number of LR pixels that were done since the last call.

        Returns:
            The source, as it was read.

        Raises:
            UserError: the source cannot be read, or the target not written.
        """
        picture = Picture(source)
        size = self.size.of(source, picture.height, picture.width, self.scale)
        tiles = self._tiles(picture.height, picture.width)
        colours = 1 if picture.grey else 3  # bands
        planes = [(picture.read_colours, 0, picture.grey)]  # how to read it, its first band, whether it is one band
        if picture.alpha is not None:
            planes.append((picture.read_alpha, colours, True))
        with canvas(target, picture, self.scale, size, metadata=self.metadata) as blank:
            for read, first_band, single in planes:
                for place, sr in enlarged_tiles(partial(self._enlarged, read), tiles, self.scale):
                    try:
                        levels = from_signed(sr.mean(axis=2, keepdims=True) if single else sr, picture.levels)
                    except ValueError as error:
                        raise UserError(f"{source}: {error}; the network is damaged") from None
                    blank.write(place, first_band, levels)
                    advance(place.height * place.width / self.scale**2 / len(planes))
        return picture

    def _enlarged(self, read: Callable[[Window], np.ndarray], seen: Window) -> np.ndarray:
        return self.network(read(seen))

    def _tiles(self, height: int, width: int) -> list[Tile]:
        if self.radius is None:
            return plan(height, width, max(height, width), 0)
        return plan(height, width, self.tile or affordable_tile(height, width, self.memory, self.radius), self.radius)
