"""One picture from its file to its enlarged file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from srgan.data.images import from_signed
from srgan.errors import UserError
from srgan.inference.network import Network, as_function, bytes_per_pixel, has_bfloat16, receptive_radius
from srgan.inference.pictures import Picture, canvas
from srgan.inference.tiles import Tile, affordable_tile, enlarge, plan
from srgan.models.weights import load_generator, read_model


class Enlarger:
    """A trained generator that enlarges picture files of any kind and size.

    Args:
        folder: of the network, with model.json.
        precision: policy to compute in, `float32`, `mixed_bfloat16` or `mixed_float16`; `auto`: mixed_bfloat16 for
            pictures of 8 bits where the device has it, else float32.
        tile: LR pixels of a tile's side; None: see srgan.inference.tiles.affordable_tile.

    Raises:
        UserError: the network is damaged, or tiles are asked of one that looks at the whole picture.
    """

    def __init__(self, folder: Path, precision: str = "auto", tile: int | None = None):
        self.folder, self.precision, self.tile = folder, precision, tile
        self.scale: int = read_model(folder)["generator"]["scale"]
        generator = load_generator(folder, dtype=self._policy(255))
        self.radius = receptive_radius(generator)
        self.networks = {self._policy(255): (as_function(generator), bytes_per_pixel(generator))}
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
        network, memory = self._network(picture.levels)
        tiles = self._tiles(picture.height, picture.width, memory)
        colours = 1 if picture.grey else 3  # bands
        planes = [(picture.read_colours, 0, picture.grey)]  # how to read it, its first band, whether it is one band
        if picture.alpha is not None:
            planes.append((picture.read_alpha, colours, True))
        with canvas(target, picture, self.scale) as blank:
            for read, first_band, single in planes:
                for place, sr in enlarge(lambda seen, read=read: network(read(seen)), tiles, self.scale):
                    try:
                        levels = from_signed(sr.mean(axis=2, keepdims=True) if single else sr, picture.levels)
                    except ValueError as error:
                        raise UserError(f"{source}: {error}; the network is damaged, or try float32") from None
                    blank.write(place, first_band, levels)
                    advance(place.height * place.width / self.scale**2 / len(planes))

    def _policy(self, levels: int) -> str:
        """What to compute a picture in; bfloat16's 8 bits do for one whose highest level is 255."""
        if self.precision != "auto":
            return self.precision
        return "mixed_bfloat16" if levels == 255 and has_bfloat16() else "float32"

    def _network(self, levels: int) -> tuple[Network, int]:
        """The network for a picture with this highest level, and the bytes it needs for a pixel."""
        policy = self._policy(levels)
        if policy not in self.networks:
            generator = load_generator(self.folder, dtype=policy)
            self.networks[policy] = as_function(generator), bytes_per_pixel(generator)
        return self.networks[policy]

    def _tiles(self, height: int, width: int, memory: int) -> list[Tile]:
        if self.radius is None:
            return plan(height, width, max(height, width), 0)
        return plan(height, width, self.tile or affordable_tile(height, width, memory, self.radius), self.radius)
