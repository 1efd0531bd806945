"""One picture from its file to its enlarged file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from srgan.data.images import from_signed
from srgan.errors import UserError
from srgan.inference.network import as_function, bytes_per_pixel, receptive_radius
from srgan.inference.pictures import Picture, canvas
from srgan.inference.tiles import Tile, affordable_tile, enlarge, plan
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
        colours = 1 if picture.grey else 3  # bands
        planes = [(picture.read_colours, 0, picture.grey)]  # how to read it, its first band, whether it is one band
        if picture.alpha is not None:
            planes.append((picture.read_alpha, colours, True))
        with canvas(target, picture, self.scale) as blank:
            for read, first_band, single in planes:
                for place, sr in enlarge(self.network, read, tiles, self.scale):
                    try:
                        levels = from_signed(sr.mean(axis=2, keepdims=True) if single else sr, picture.levels)
                    except ValueError as error:
                        raise UserError(f"{source}: {error}; the network is damaged, or try float32") from None
                    blank.write(place, first_band, levels)
                    advance(place.height * place.width / self.scale**2 / len(planes))

    def _tiles(self, picture: Picture) -> list[Tile]:
        height, width = picture.height, picture.width
        if self.radius is None:
            return plan(height, width, max(height, width), 0)
        side = self.tile or affordable_tile(height, width, self.bytes_per_pixel, self.radius)
        return plan(height, width, side, self.radius)
