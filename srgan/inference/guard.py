"""What a picture from a stranger must pass before its pixels are decoded."""

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

# libvips' names of the readers that photographs need, and of raw pixels, in which a result is made. It has others that
# read documents, drawings and scripts.
READERS = ("Png", "Jpeg", "Tiff", "Webp", "Nsgif", "Heif", "Raw")


def block_other_readers() -> None:
    """Leave libvips no reader but READERS, in the whole process."""
    pyvips.operation_block_set("VipsForeignLoad", True)
    for name in READERS:
        pyvips.operation_block_set(f"VipsForeignLoad{name}", False)


def refuse_large(path: Path) -> None:
    """Look at a picture's header alone, by the reader that would decode it.

    What is damaged or no picture passes: what is wrong with it is said when it is read.

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
    except Image.DecompressionBombError:  # of a limit of Pillow's own, which is higher
        return math.inf
    except (OSError, ValueError, EOFError, RuntimeError, SyntaxError):
        return 0
    return pixel_count(path)
