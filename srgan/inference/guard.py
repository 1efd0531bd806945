"""Checks of a stranger's picture before its pixels are decoded."""

from __future__ import annotations

from pathlib import Path

import pyvips

from srgan.errors import UserError
from srgan.inference.pictures import pixel_count

MOST_PIXELS = 16_000_000  # a small file can decode to any size

# libvips' names of the readers for photographs, and for the raw pixels of a result. Its other readers are for
# documents, drawings and scripts.
READERS = ("Png", "Jpeg", "Tiff", "Webp", "Nsgif", "Heif", "Raw")


def block_other_readers() -> None:
    """Block all readers of libvips except READERS, in the whole process."""
    pyvips.operation_block_set("VipsForeignLoad", True)
    for name in READERS:
        pyvips.operation_block_set(f"VipsForeignLoad{name}", False)


def refuse_large(path: Path) -> None:
    """Refuse a picture with too many pixels, by its header only.

    A file that is damaged or not a picture passes here and is refused when it is read.

    Raises:
        UserError: it has more than MOST_PIXELS.
    """
    if pixel_count(path) > MOST_PIXELS:
        raise UserError(
            f"{path}: more than {MOST_PIXELS // 10**6} million pixels; send a smaller picture, or enlarge it with "
            "`srgan upscale`, which takes any size"
        )
