"""The figures of one photograph."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import imagehash
import numpy as np
from PIL import Image

from srgan.audit.likeness import HASH_SIDE
from srgan.data.appearance import colourfulness, grey_levels, sharpness
from srgan.data.images import read_image, to_rgb
from srgan.errors import UserError
from srgan.inference.jpeg import jpeg_quality
from srgan.report.page_parts import data_uri

REDUCED = 256  # px: colours and hash are of the photograph shrunk by a whole factor to no less than this
FLAT = 4.0  # levels: with less contrast there is nothing to see, and the hash is of noise
GREY = (
    3.0  # with less colourfulness the eye sees no colour (Hasler & Süsstrunk 2003: 0 is "not colourful", 15 "slightly")
)
BLURRED = 10.0  # levels² of sharpness: photographs have 15 and more, and 3 to 17 after a Gaussian of 2 px


class Photograph(NamedTuple):
    """What is known of a photograph that could be read."""

    name: str  # in the folder of its set
    width: int  # px, upright
    height: int
    size: int  # bytes
    format: str
    quality: int | None  # of a JPEG
    brightness: float  # mean of luma, 0 to 255
    contrast: float  # standard deviation of luma
    colourfulness: float  # 0: grey
    sharpness: float  # variance of luma's Laplacian, levels²
    hash: bytes  # of HASH_SIDE² bits; empty where it is flat

    @property
    def megapixels(self) -> float:
        """Millions of pixels."""
        return self.width * self.height / 1e6

    def flags(self, patch: int) -> list[str]:
        """What is remarkable about it; `patch` is the shortest side, in px, of which a patch can be cut."""
        found = {
            "tiny": min(self.width, self.height) < patch,
            "flat": self.contrast < FLAT,
            "grey": self.colourfulness < GREY,
            "blurred": self.sharpness < BLURRED,
        }
        return [flag for flag, holds in found.items() if holds]


class Unreadable(NamedTuple):
    """A file that is no photograph."""

    name: str
    reason: str


def measure(folder: Path, name: str, max_pixels: int) -> Photograph | Unreadable:
    """Read and measure a photograph.

    The hash is the perceptual hash pHash by the library imagehash: the signs of the lowest frequencies of a cosine
    transform against their median.

    Args:
        folder: of the set.
        name: of the photograph in it.
        max_pixels: a photograph with more is not read.
    """
    path = folder / name
    try:
        picture = Image.fromarray(to_rgb(read_image(path, max_pixels)))
    except UserError as error:
        return Unreadable(name, str(error).removeprefix(f"{path}: "))
    small = picture.reduce(max(1, min(picture.size) // REDUCED))
    grey = grey_levels(small)
    contrast = float(grey.std())
    quality = jpeg_quality(path)
    return Photograph(
        name,
        *picture.size,
        path.stat().st_size,
        _format(path) if quality is None else "JPEG",
        quality,
        float(grey.mean()),
        contrast,
        colourfulness(np.asarray(small)),
        sharpness(grey_levels(picture)),
        np.packbits(imagehash.phash(small, HASH_SIDE).hash).tobytes() if contrast >= FLAT else b"",
    )


def thumbnail(path: Path, side: int, max_pixels: int) -> str:
    """A photograph, shrunk so that it fits in a square of `side` px, as the data URI of a JPEG.

    Raises:
        UserError: it cannot be read.
    """
    picture = Image.fromarray(to_rgb(read_image(path, max_pixels)))
    picture.thumbnail((side, side))
    return data_uri(picture, "JPEG", quality=80)


def _format(path: Path) -> str:
    """What a file that is no JPEG seems to be, by its suffix."""
    named = Image.registered_extensions().get(path.suffix.lower(), "")
    return named if named not in ("", "JPEG") else "other"
