"""The enlarged picture while it is computed, and the file that it becomes.

libvips writes row by row, so the whole result is never in memory.
"""

from __future__ import annotations

import errno
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyvips

from srgan.atomic import built_file, take_room, temporary_path
from srgan.errors import UnwritableError, UserError
from srgan.inference.metadata import copy_metadata, density
from srgan.inference.pictures import Picture, reason
from srgan.inference.readers import KINDS
from srgan.models.tiles import Window

FORMATS = {".png": "png", ".jpg": "jpg", ".jpeg": "jpg", ".webp": "webp", ".tif": "tif", ".tiff": "tif"}
SIXTEEN_BITS = ("png", "tif")  # the formats that can hold 16 bits
LONGEST = {"webp": 16383, "jpg": 65500}  # pixels of a side; libvips saves the others without a limit
SAVERS: dict[str, tuple[str, dict[str, object]]] = {
    "png": ("pngsave", {"compression": 6}),
    "jpg": ("jpegsave", {"Q": 95, "background": [255]}),
    "webp": ("webpsave", {"Q": 95}),
    "tif": ("tiffsave", {"compression": "deflate", "predictor": "horizontal"}),
}


class Canvas:
    """The enlarged picture while it is computed: raw pixels in a file beside the target, written in any order.

    The file is open only while a part is written, so that memory depends on the tile and not on the picture.

    Args:
        file: the raw file; its space on the disk is allocated at once, so a disk that fills up later does no harm.
        shape: (H, W, bands); one to four bands: grey or RGB, and alpha.
        levels: the highest level, 255 or 65535.

    Raises:
        OSError: there is no room.
    """

    def __init__(self, file: Path, shape: tuple[int, int, int], levels: int):
        self.file, self.shape, self.levels = file, shape, levels
        self.kind = np.dtype(np.uint8 if levels == 255 else np.uint16)
        self.size = self.kind.itemsize * math.prod(shape)
        take_room(file, self.size)

    def write(self, place: Window, first_band: int, levels: np.ndarray) -> None:
        """Write a part, (h, w, its own bands), at its place."""
        pixels = np.memmap(self.file, self.kind, "r+", shape=self.shape)
        pixels[*place.slices, first_band : first_band + levels.shape[2]] = levels
        pixels.flush()


@contextmanager
def canvas(
    target: Path, source: Picture, scale: int, size: tuple[int, int], *, metadata: bool = True
) -> Iterator[Canvas]:
    """Give a canvas for a picture; if the block ends without an error, it becomes the target file.

    The colour profile and the density of the source are copied to the target. For WebP, profiled grey becomes sRGB.

    Args:
        target: its suffix names a format in FORMATS. One without 16 bits gets 8 bits, one without alpha a white ground.
        source: the picture that is enlarged.
        scale: the factor of the canvas over the source, along each side.
        size: height and width of the target; if they are smaller, the canvas is shrunk to them.
        metadata: whether EXIF, XMP and IPTC are copied to the target too.

    Raises:
        UserError: the format cannot hold so large a picture, or something could not be written.
    """
    _refuse_longer(target, size)
    bands = (1 if source.grey else 3) + (source.alpha is not None)
    # The file is outermost: its message names the target, also if the raw pixels cannot be written.
    with built_file(target) as partial, temporary_path(target.parent) as raw:
        blank = Canvas(raw, (scale * source.height, scale * source.width, bands), source.levels)
        yield blank
        _save(resized(_image(blank, source), size), source, target, partial, metadata=metadata)


def _refuse_longer(target: Path, size: tuple[int, int]) -> None:
    most = LONGEST.get(FORMATS[target.suffix.lower()])
    if most and max(size) > most:
        raise UserError(
            f"{target}: {size[1]} x {size[0]} is asked for, and {target.suffix[1:].lower()} files have at most {most} "
            "pixels a side; ask for less, or for png or tif"
        )


def resized(image: pyvips.Image, size: tuple[int, int]) -> pyvips.Image:
    """A picture resized to a height and a width, as srgan.data.resize does: bicubic, antialiased if smaller."""
    height, width = size
    if (image.height, image.width) == size:
        return image
    # gap=0: only the kernel, without a box filter before it.
    result = image.resize(width / image.width, vscale=height / image.height, kernel="cubic", gap=0)
    return result.crop(0, 0, width, height)


def _image(canvas: Canvas, source: Picture) -> pyvips.Image:
    height, width, bands = canvas.shape
    deep = canvas.levels != 255
    image = pyvips.Image.rawload(str(canvas.file), width, height, bands, format="ushort" if deep else "uchar")
    if source.grey and source.colours.bands == 3:  # the file had three equal channels, and its profile is for three
        image = image[0].bandjoin([image[0], image])
    image = image.copy(interpretation=KINDS[source.colours.bands == 1, deep])
    return image.bandjoin(canvas.levels) if source.has_alpha and source.alpha is None else image


def _save(image: pyvips.Image, source: Picture, target: Path, partial: Path, *, metadata: bool) -> None:
    kind = FORMATS[target.suffix.lower()]
    image = image.copy()  # its own fields
    if profile := _whole_profile(source.colours):
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
        if kind == "webp" and source.colours.bands == 1:  # it has no grey, and so no place for a profile of grey
            image = image.icc_transform("srgb", embedded=True)
    if image.format == "ushort" and kind not in SIXTEEN_BITS:
        image = image.colourspace("b-w" if source.colours.bands == 1 else "srgb")
    if metadata:
        copy_metadata(source.upright, image, kind)
    across, down = density(source.upright)
    image = image.copy(xres=across, yres=down)
    saver, options = SAVERS[kind]
    if kind == "tif":
        options = options | {"bigtiff": image.width * image.height * image.bands * 2 > 2**31}
    try:
        getattr(image, saver)(str(partial), **options)
    except pyvips.Error as error:
        raise UnwritableError(f"{target}: cannot be written {_why(error, kind)}") from None


def _why(error: pyvips.Error, kind: str) -> str:
    """The reason why a format could not be written, and what to do."""
    if os.strerror(errno.ENOSPC) in str(error):
        return "(the disk is full); free some space there, and run again"
    return f"({reason(error)}); try --format {'tif' if kind == 'png' else 'png'}"


def _whole_profile(image: pyvips.Image) -> bytes:
    """The colour profile, as long as it says that it is; empty for none, or one that was cut short.

    JPEGs have profiles with bytes behind their end, and libpng refuses those.
    """
    profile = image.get("icc-profile-data") if image.get_typeof("icc-profile-data") else b""
    length = int.from_bytes(profile[:4], "big")
    return profile[:length] if length <= len(profile) else b""
