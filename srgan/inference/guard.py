"""Checks of a stranger's picture before its pixels are decoded."""

from __future__ import annotations

import math
import warnings
from pathlib import Path

import pillow_heif
import pyvips
from PIL import Image

from srgan.data.images import FORMATS
from srgan.errors import UserError
from srgan.inference.pictures import BY_PILLOW, MOST_PIXELS, is_hevc, pixel_count

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
    if _pixels(path) > MOST_PIXELS:
        raise UserError(
            f"{path}: more than {MOST_PIXELS // 10**6} million pixels; send a smaller picture, or enlarge it with "
            "`srgan upscale`, which takes any size"
        )


def _pixels(path: Path) -> float:
    try:
        if path.suffix.lower() in BY_PILLOW:
            with warnings.catch_warnings(action="ignore"), Image.open(path, formats=FORMATS) as image:
                return image.width * image.height
        if is_hevc(path):
            return math.prod(pillow_heif.open_heif(path).size)  # decodes nothing yet
    except Image.DecompressionBombError:  # Pillow has a limit of its own, which is higher
        return math.inf
    except (OSError, ValueError, EOFError, RuntimeError, SyntaxError):
        return 0
    return pixel_count(path)
