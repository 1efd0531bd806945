"""Pictures as their owners have them: 8 or 16 bits, grey, palette, alpha, CMYK, turned, with a colour profile.

libvips reads any part of a picture and writes row by row, so neither side is ever in memory whole.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyvips

from srgan.atomic import built_file
from srgan.data.images import SUFFIXES, read_image, to_rgb
from srgan.errors import UserError
from srgan.inference.tiles import Window

# libvips has more loaders, for formats that are not photographs'.
LOADERS = ("pngload", "jpegload", "tiffload", "webpload", "gifload", "heifload")
BY_PILLOW = frozenset((".bmp", ".ppm", ".pgm", ".pbm", ".pnm"))
READABLE = SUFFIXES | {".heic", ".heif", ".avif", ".jpe", ".jfif"}
FORMATS = {".png": "png", ".jpg": "jpg", ".jpeg": "jpg", ".webp": "webp", ".tif": "tif", ".tiff": "tif"}  # to write
SIXTEEN_BITS = ("png", "tif")  # the formats that can hold them
SAVERS = {
    "png": ("pngsave", {"compression": 6}),
    "jpg": ("jpegsave", {"Q": 95, "background": [255]}),
    "webp": ("webpsave", {"Q": 95}),
    "tif": ("tiffsave", {"compression": "deflate", "predictor": "horizontal"}),
}
# libvips' names for what pixels mean, by (grey, 16 bits).
KINDS = {(True, False): "b-w", (True, True): "grey16", (False, False): "srgb", (False, True): "rgb16"}
BLUR = 4.0  # pixels over which colours spread into what alpha hides


class Picture:
    """A picture file, opened: upright, in RGB or grey, its alpha apart.

    Args:
        path: the file. Of an animation the first frame is taken, of several pages the first.

    Raises:
        UserError: it is missing, damaged, or not a picture of 8 or 16 bits.
    """

    def __init__(self, path: Path):
        self.path = path
        with _damage_named(path):  # some of what follows reads pixels
            self._prepare(_open(path))

    def _prepare(self, image: pyvips.Image) -> None:
        if image.format not in ("uchar", "ushort"):
            raise UserError(f"{self.path}: pixels of the type {image.format}; save it with 8 or 16 bits a channel")
        self.levels = 255 if image.format == "uchar" else 65535
        image = image.autorot()
        colours = image.extract_band(0, n=image.bands - 1) if image.hasalpha() else image
        alpha = image.extract_band(image.bands - 1) if image.hasalpha() else None
        if colours.interpretation not in ("srgb", "rgb16", "b-w", "grey16"):
            # CMYK by its own profile, or else a usual one; Lab and others have one meaning.
            kind = "srgb" if self.levels == 255 else "rgb16"
            if colours.interpretation == "cmyk":
                depth = 8 if self.levels == 255 else 16
                colours = colours.icc_transform("srgb", input_profile="cmyk", embedded=True, depth=depth)
                colours.remove("icc-profile-data")
            colours = colours.colourspace(kind)
        self.grey = colours.bands == 1
        self.colours = colours if alpha is None else _fill_hidden(colours, alpha, self.levels)
        # An alpha channel that hides nothing needs no network.
        self.alpha = alpha if alpha is not None and alpha.min() < self.levels else None
        self.has_alpha = alpha is not None
        self.height, self.width = image.height, image.width

    def read_colours(self, window: Window) -> np.ndarray:
        """A part of the colours, (h, w, 3) float32 in [0, 1]; grey is repeated."""
        return self._read(self.colours, window)

    def read_alpha(self, window: Window) -> np.ndarray:
        """A part of the alpha channel, as read_colours gives grey."""
        return self._read(self.alpha, window)

    def _read(self, image: pyvips.Image, window: Window) -> np.ndarray:
        with _damage_named(self.path):
            pixels = image.crop(window.left, window.top, window.width, window.height).numpy()
        return to_rgb(pixels).astype(np.float32) / np.float32(self.levels)


class Canvas:
    """The enlarged picture while it is made: raw pixels in a file beside the target, written in any order.

    The file is open only while a part is written: memory is to depend on the tile, not on the picture.

    Args:
        file: the raw file; its room on the disk is taken at once, so that a disk that fills up later harms nothing.
        shape: (H, W, bands); one to four bands: grey or RGB, and alpha.
        levels: the highest level, 255 or 65535.

    Raises:
        OSError: there is no room.
    """

    def __init__(self, file: Path, shape: tuple[int, int, int], levels: int):
        self.file, self.shape, self.levels = file, shape, levels
        self.kind = np.dtype(np.uint8 if levels == 255 else np.uint16)
        self.size = self.kind.itemsize * math.prod(shape)
        with file.open("wb") as raw:
            os.posix_fallocate(raw.fileno(), 0, self.size)

    def write(self, place: Window, first_band: int, levels: np.ndarray) -> None:
        """Put a part, (h, w, bands of its own), in its place."""
        pixels = np.memmap(self.file, self.kind, "r+", shape=self.shape)
        rows, columns = slice(place.top, place.top + place.height), slice(place.left, place.left + place.width)
        pixels[rows, columns, first_band : first_band + levels.shape[2]] = levels
        pixels.flush()


@contextmanager
def canvas(target: Path, source: Picture, scale: int) -> Iterator[Canvas]:
    """A canvas for a picture; when the block ends well it becomes the target file, complete.

    The source's profile and density go into the target.

    Args:
        target: of a format in FORMATS by its suffix. One without 16 bits gets 8, one without alpha a white ground.
        source: what is enlarged.
        scale: how much.

    Raises:
        UserError: something could not be written.
    """
    raw = target.with_name(f".{target.name}.pixels")
    bands = (1 if source.grey else 3) + (source.alpha is not None)
    with built_file(target) as partial:  # outermost: it says which file could not be written, also where raw cannot go
        try:
            blank = Canvas(raw, (scale * source.height, scale * source.width, bands), source.levels)
            yield blank
            _save(blank, source, target, partial)
        finally:
            raw.unlink(missing_ok=True)


def pixel_count(path: Path) -> int:
    """How many pixels a picture has, by its header; 0 where it cannot be opened."""
    try:
        image = _open(path)
    except UserError:
        return 0
    return image.width * image.height


def _save(canvas: Canvas, source: Picture, target: Path, partial: Path) -> None:
    height, width, bands = canvas.shape
    deep = canvas.levels != 255
    options = {"format": "ushort" if deep else "uchar", "interpretation": KINDS[source.grey, deep]}
    image = pyvips.Image.rawload(str(canvas.file), width, height, bands, **options)
    if source.has_alpha and source.alpha is None:
        image = image.bandjoin(canvas.levels)
    image = image.copy(xres=source.colours.xres, yres=source.colours.yres)
    kind = FORMATS[target.suffix.lower()]
    if deep and kind not in SIXTEEN_BITS:
        image = image.colourspace("b-w" if source.grey else "srgb")
    if "icc-profile-data" in source.colours.get_fields():
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", source.colours.get("icc-profile-data"))
    saver, options = SAVERS[kind]
    if kind == "tif":
        options = options | {"bigtiff": canvas.size > 2**31}
    try:
        getattr(image, saver)(str(partial), **options)
    except pyvips.Error as error:
        raise UserError(
            f"{target}: cannot be written ({_reason(error)}); make space there, or try --format png"
        ) from None


def _open(path: Path) -> pyvips.Image:
    if path.suffix.lower() in BY_PILLOW:
        return pyvips.Image.new_from_array(read_image(path))
    try:
        if path.stat().st_size == 0:
            raise UserError(f"{path}: the file is empty (0 bytes)")
        image = pyvips.Image.new_from_file(str(path), access="random", fail_on="error")
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; check the path") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from None
    except pyvips.Error as error:
        raise UserError(f"{path}: not a picture that can be read ({_reason(error)})") from None
    if not image.get("vips-loader").startswith(LOADERS):
        raise UserError(f"{path}: not a picture (PNG, JPEG, TIFF, WebP, GIF, HEIF, AVIF, BMP or PPM is wanted)")
    return image


def _fill_hidden(colours: pyvips.Image, alpha: pyvips.Image, levels: int) -> pyvips.Image:
    """Give what is fully transparent the colours of what is visible beside it.

    Files have any colour there, mostly black, and the network would carry it over the edge as a fringe.
    """
    weight = alpha / levels
    near = (colours * weight).gaussblur(BLUR, min_ampl=0.01, precision="float")
    share = weight.gaussblur(BLUR, min_ampl=0.01, precision="float")
    spread = (share > 1e-3).ifthenelse(near / (share + 1e-12), colours)
    return (
        (alpha == 0).ifthenelse(spread.rint().cast(colours.format), colours).copy(interpretation=colours.interpretation)
    )


@contextmanager
def _damage_named(path: Path) -> Iterator[None]:
    """Say of which file libvips could not decode the pixels."""
    try:
        yield
    except pyvips.Error as error:
        raise UserError(f"{path}: damaged or cut short ({_reason(error)}); fetch it again") from None


def _reason(error: pyvips.Error) -> str:
    """The last line of libvips' own words: the first says only what was called."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"
