"""Put details side by side, for pages on GitHub."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from srgan.data.images import read_image, write_png

ENLARGED = 2  # each pixel becomes 2 x 2, so that detail is seen without a zoom
SHOWN = ("bicubic", "pretrain", "gan", "wgan", "target")  # as many as fit in the width of a page
GAP, HEADING, TEXT_SIZE = 4, 28, 18  # px


def write_overview(path: Path, crops: Path, files: Mapping[str, str], titles: Mapping[str, str]) -> None:
    """Put the same detail from several models side by side, with their names.

    Args:
        path: the PNG to write; the same crops give the same bytes.
        crops: folder of the crops.
        files: column ("bicubic" ... "wgan", "target") -> file name of its crop, all of one size.
        titles: column -> what to write above it.
    """
    write_png(path, sheet([{name: read_image(crops / files[name]) for name in SHOWN}], titles))


def sheet(rows: Sequence[Mapping[str, np.ndarray]], titles: Mapping[str, str]) -> np.ndarray:
    """Put details into rows and columns, with enlarged pixels, below the names of the columns.

    Args:
        rows: for each row column -> uint8 (h, w, 3), the same columns and all of one size.
        titles: column -> its name.

    Returns:
        uint8 (H, W, 3).
    """
    height, width, _ = (ENLARGED * side for side in next(iter(rows[0].values())).shape)
    size = (len(rows[0]) * (width + GAP) - GAP, HEADING + len(rows) * (height + GAP) - GAP)
    page = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(TEXT_SIZE)  # Pillow's own: the same on every machine
    for column, name in enumerate(rows[0]):
        left = column * (width + GAP)
        draw.text((left + width / 2, HEADING / 2), titles[name], "black", font, anchor="mm")
        for row, pictures in enumerate(rows):
            large = Image.fromarray(pictures[name]).resize((width, height), Image.Resampling.NEAREST)
            page.paste(large, (left, HEADING + row * (height + GAP)))
    return np.asarray(page)
