"""What the browser shows of a picture: enlarged by bicubic interpolation, and by the network."""

from __future__ import annotations

from pathlib import Path

from srgan.inference.canvas import resized
from srgan.inference.pictures import Picture

MOST_SHOWN = 24_000_000  # pixels of each of the two: a browser holds both in memory, four bytes a pixel


def shown_size(height: int, width: int) -> tuple[int, int]:
    """The height and width in which a picture is shown: its own, or in proportion so that it has MOST_SHOWN pixels."""
    share = min(1.0, (MOST_SHOWN / (height * width)) ** 0.5)
    return max(1, round(share * height)), max(1, round(share * width))


def write_view(picture: Picture, size: tuple[int, int], path: Path) -> None:
    """Write a picture in a size for the browser: PNG of 8 bits, which loses nothing that a screen shows.

    Args:
        picture: the original, which bicubic interpolation enlarges, or a result.
        size: height and width.
        path: the file to make.
    """
    image = picture.colours if picture.alpha is None else picture.colours.bandjoin(picture.alpha)
    image = resized(image, size)
    if picture.levels != 255:
        image = image.colourspace("b-w" if picture.grey else "srgb")
    image.pngsave(str(path), compression=1, keep="icc")
