"""Put details side by side, for pages on GitHub."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from srgan.data.images import read_image, write_png
from srgan.names import COLUMNS

ENLARGED = 2  # times, so that detail is seen without a zoom
GAP = 4  # px
HEADING, TEXT_SIZE = 18, 13  # px of a sheet that is not enlarged; names grow with the pictures


def write_overview(path: Path, crops: Path, files: Mapping[str, str]) -> None:
    """Put the same detail from all models side by side, with their names.

    Args:
        path: the PNG to write; the same crops give the same bytes.
        crops: folder of the crops.
        files: column ("bicubic" ... "wgan", "target") -> file name of its crop, all of one size.
    """
    write_png(path, sheet([{name: read_image(crops / files[name]) for name in COLUMNS}], COLUMNS))


def sheet(rows: Sequence[Mapping[str, np.ndarray]], titles: Mapping[str, str], enlarged: int = ENLARGED) -> np.ndarray:
    """Put details into rows and columns, enlarged as a viewer does it, smoothly, below the names of the columns.

    Args:
        rows: for each row column -> uint8 (h, w, 3), the same columns and all of one size.
        titles: column -> its name.
        enlarged: how many times larger they are shown.

    Returns:
        uint8 (H, W, 3).
    """
    height, width, _ = (enlarged * side for side in next(iter(rows[0].values())).shape)
    heading = enlarged * HEADING
    size = (len(rows[0]) * (width + GAP) - GAP, heading + len(rows) * (height + GAP) - GAP)
    page = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(enlarged * TEXT_SIZE)  # Pillow's own: the same on every machine
    for column, name in enumerate(rows[0]):
        left = column * (width + GAP)
        draw.text((left + width / 2, heading / 2), titles[name], "black", font, anchor="mm")
        for row, pictures in enumerate(rows):
            large = Image.fromarray(pictures[name]).resize((width, height), Image.Resampling.BICUBIC)
            page.paste(large, (left, heading + row * (height + GAP)))
    return np.asarray(page)
