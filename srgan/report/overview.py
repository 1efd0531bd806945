"""One picture that shows what the networks do, for the top of the README."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from srgan.data.images import read_image, write_png

ENLARGED = 2  # each pixel becomes so many squared, so that detail is seen without a zoom
SHOWN = ("bicubic", "pretrain", "gan", "wgan", "target")  # as many as are still large across a page
GAP, CAPTION, TEXT_SIZE = 6, 26, 17  # px


def write_overview(
    path: Path, crops: Path, files: Mapping[str, str], titles: Mapping[str, str], shown: Sequence[str] = SHOWN
) -> None:
    """Put the same detail from several models side by side, with their names.

    Args:
        path: the PNG to write; the same crops give the same bytes.
        crops: folder of the crops.
        files: column ("bicubic" ... "wgan", "target") -> file name of its crop, all of one size.
        titles: column -> what to write under it.
        shown: the columns, from left to right.
    """
    pictures = [np.kron(read_image(crops / files[name]), np.ones((ENLARGED, ENLARGED, 1), np.uint8)) for name in shown]
    height, width, _ = pictures[0].shape
    strip = Image.new("RGB", (len(shown) * (width + GAP) - GAP, height + CAPTION), "white")
    draw = ImageDraw.Draw(strip)
    font = ImageFont.load_default(TEXT_SIZE)  # Pillow's own: the same on every machine
    for column, (name, picture) in enumerate(zip(shown, pictures, strict=True)):
        left = column * (width + GAP)
        strip.paste(Image.fromarray(picture), (left, 0))
        draw.text((left + width / 2, height + CAPTION / 2), titles[name], "black", font, anchor="mm")
    write_png(path, np.asarray(strip))
