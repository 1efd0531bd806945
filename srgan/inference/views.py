"""The two pictures that the browser shows: enlarged by bicubic interpolation, and by the network."""

from __future__ import annotations

from pathlib import Path

import pyvips

from srgan.errors import UnwritableError
from srgan.inference.canvas import resized
from srgan.inference.pictures import Picture, reason

MOST_SHOWN = 24_000_000  # pixels of each of the two; a browser holds both in memory, with four bytes a pixel


def shown_size(height: int, width: int) -> tuple[int, int]:
    """The height and width in which a picture is shown: its own, or reduced in proportion to MOST_SHOWN pixels."""
    share = min(1.0, (MOST_SHOWN / (height * width)) ** 0.5)
    return max(1, round(share * height)), max(1, round(share * width))


def write_views(original: Picture, result: Picture, size: tuple[int, int], before: Path, after: Path) -> None:
    """Write both in one size, as PNG of 8 bits, which loses nothing that a screen shows.

    Args:
        original: the picture, which bicubic interpolation enlarges.
        result: the network's enlargement.
        size: height and width.
        before: the file to write for the original.
        after: the file to write for the result.

    Raises:
        UnwritableError: there is no room for them.
    """
    for picture, view, path in (
        (original, _bicubic(_pixels(original), size), before),
        (result, resized(_pixels(result), size), after),
    ):
        shown = view if picture.levels == 255 else view.colourspace("b-w" if picture.colours.bands == 1 else "srgb")
        try:
            shown.pngsave(str(path), compression=1, keep="icc")
        except pyvips.Error as error:
            raise UnwritableError(f"{path}: cannot be written ({reason(error)}); free some space there") from error


def _pixels(picture: Picture) -> pyvips.Image:
    return picture.colours if picture.alpha is None else picture.colours.bandjoin(picture.alpha)


def _bicubic(image: pyvips.Image, size: tuple[int, int]) -> pyvips.Image:
    """Enlarge with pixel centres where srgan.data.resize has them; libvips' own `resize` is half a pixel off."""
    height, width = size
    down, across = height / image.height, width / image.width
    return image.affine(
        [across, 0, 0, down],
        interpolate=pyvips.Interpolate.new("bicubic"),
        odx=(across - 1) / 2,
        ody=(down - 1) / 2,
        oarea=[0, 0, width, height],
        extend="mirror",
    )
