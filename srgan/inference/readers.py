"""Readers of what libvips cannot decode, known by the first bytes: BMP, PPM, animated AVIF, and HEIF with HEVC inside.

They decode a whole picture into memory.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Protocol

import numpy as np
import pillow_heif
import pyvips
from PIL import ImageOps
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.PpmImagePlugin import PpmImageFile

from srgan.errors import UserError
from srgan.inference.colours import with_colours
from srgan.inference.metadata import add_metadata

HEVC = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"))  # brands of HEIF
ANIMATED_AVIF = b"avis"
LONGEST_BRANDS = 256  # bytes of the box that names them
MOST_IN_MEMORY = 200_000_000  # pixels of what Pillow reads
# libvips' names of colour spaces, by (grey, 16 bits).
KINDS = {(True, False): "b-w", (True, True): "grey16", (False, False): "srgb", (False, True): "rgb16"}


class Reader(Protocol):
    """Reads one format. Both methods raise the errors of a library where a file is damaged."""

    def pixels(self, path: Path) -> int:
        """The number of pixels, by the header only."""

    def read(self, path: Path) -> pyvips.Image:
        """The picture, decoded."""


def reader_of(path: Path) -> Reader | None:
    """The reader for a file; None for all that is left to libvips.

    Raises:
        OSError: the file cannot be opened.
    """
    with path.open("rb") as file:
        start = file.read(LONGEST_BRANDS)
    if start.startswith(b"BM"):
        return _Pillow(BmpImageFile)
    if start[:1] == b"P" and start[1:2] in (b"1", b"2", b"3", b"4", b"5", b"6") and start[2:3] in b" \t\r\n#":
        return _Pillow(PpmImageFile)
    if start[4:12] == b"ftyp" + ANIMATED_AVIF:
        return _Pillow(AvifImageFile)
    return _Heif() if start[4:8] == b"ftyp" and HEVC & _brands(start) else None


def _brands(start: bytes) -> set[bytes]:
    """The major brand of an ISO media file and those that it is compatible with: a HEIC may call itself mif1 first."""
    box = start[: int.from_bytes(start[:4], "big")]
    return {box[place : place + 4] for place in (8, *range(16, len(box), 4))}


class _Pillow:
    """BMP, of 8 bits; PPM, PGM and PBM, of which Pillow reads 16 bits of grey and 8 of colour; animated AVIF."""

    def __init__(self, kind: type[BmpImageFile | PpmImageFile | AvifImageFile]):
        self.kind = kind  # not Image.open, which would refuse what Pillow thinks too large

    def pixels(self, path: Path) -> int:
        with path.open("rb") as file:
            return math.prod(self.kind(file).size)

    def read(self, path: Path) -> pyvips.Image:
        with path.open("rb") as file:
            image = self.kind(file)
            if math.prod(image.size) > MOST_IN_MEMORY:
                raise UserError(
                    f"{path}: {image.width} x {image.height} is more than {MOST_IN_MEMORY // 10**6} million pixels, "
                    f"and a {image.format} is read as a whole; save it as PNG or TIFF, which are read in parts"
                )
            if image.mode == "I":
                return _in_libvips(np.asarray(image).astype(np.uint16))
            found = dict(image.info)
            image.info.pop("xmp", None)  # its orientation is not AVIF's
            ImageOps.exif_transpose(image, in_place=True)  # without a copy where nothing is to be turned
            made = _in_libvips(np.asarray(image.convert({"1": "L", "P": "RGB"}.get(image.mode, image.mode))))
            return add_metadata(made, found, frames=getattr(image, "n_frames", 1))


class _Heif:
    """A photograph like those of iPhones."""

    def pixels(self, path: Path) -> int:
        return math.prod(pillow_heif.open_heif(path).size)  # decodes nothing yet

    def read(self, path: Path) -> pyvips.Image:
        file = pillow_heif.open_heif(path, convert_hdr_to_8bit=False)
        image = _in_libvips(np.asarray(file))  # upright, whatever its EXIF says: HEIF stores the orientation elsewhere
        image = add_metadata(image, file.info, frames=len(file))
        return with_colours(image, file.info.get("nclx_profile"))


def _in_libvips(pixels: np.ndarray) -> pyvips.Image:
    """A picture of an array (H, W) or (H, W, bands), uint8 or uint16; its last band of two or four is alpha."""
    grey = pixels.ndim == 2 or pixels.shape[2] < 3
    return pyvips.Image.new_from_array(pixels, interpretation=KINDS[grey, pixels.dtype == np.uint16])
