"""Read pictures of many kinds: 8 or 16 bits, grey, palette, alpha, CMYK, rotated, with a colour profile.

libvips reads any part of a picture, so the whole picture is never in memory, except where the format wants it: WebP,
AVIF, GIF, progressive JPEG, interlaced PNG, and what another library reads for it (srgan.inference.readers).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyvips

from srgan.data.images import DAMAGED, to_rgb
from srgan.errors import UnreadableError, UserError
from srgan.inference.colours import UNKEPT
from srgan.inference.metadata import with_orientation
from srgan.inference.readers import reader_of
from srgan.models.tiles import Window

# libvips has more loaders, for formats other than photographs.
LOADERS = ("pngload", "jpegload", "tiffload", "webpload", "gifload", "heifload")
NO_PICTURE = "not a picture; it must be PNG, JPEG, TIFF, WebP, GIF, HEIF, AVIF, BMP or PPM"
UNREADABLE = "not a picture that can be read"
BANDS = {"b-w": 1, "grey16": 1, "cmyk": 4}  # of libvips' colour spaces; others have three
# So that the JPEG reader takes the plain picture of a phone's HDR JPEG.
pyvips.operation_block_set("VipsForeignLoadUhdr", True)
pyvips.cache_set_max(0)  # libvips caches files by their names, and would not see that a file has changed
# Lines of libvips' messages that say nothing: which function failed, and the code behind libheif's reason.
NO_REASON = re.compile(
    r"^unable to call|unable to write to (memory|target)|(load error|write failed|Unknown error -1)$|^\([\d.]+\)$"
)
BLUR = 4.0  # pixels over which colours spread into transparent parts


class Picture:
    """An opened picture file: upright, in RGB or grey, with a separate alpha channel.

    `colours` has one channel or three, as the file has; `grey` says that those it has are equal.

    Args:
        path: the file. Of an animation the first frame is taken, of several pages the first.

    Raises:
        UserError: it is missing, damaged, or not a picture of 8 or 16 bits.
    """

    def __init__(self, path: Path):
        self.path = path
        with _damage_named(path):  # some of the calls read pixels
            self._prepare(_open(path))

    def _prepare(self, image: pyvips.Image) -> None:
        if image.format not in ("uchar", "ushort"):
            raise UserError(f"{self.path}: pixels of the type {image.format}; save it with 8 or 16 bits a channel")
        self.levels = 255 if image.format == "uchar" else 65535
        self.pages = image.get("n-pages") if image.get_typeof("n-pages") else 1  # or frames
        self.unkept_colours = image.get(UNKEPT) if image.get_typeof(UNKEPT) else None  # the name of those that are lost
        image = with_orientation(image).autorot()
        colours = image.extract_band(0, n=image.bands - 1) if image.hasalpha() else image
        alpha = image.extract_band(image.bands - 1) if image.hasalpha() else None
        if colours.bands != BANDS.get(colours.interpretation, 3):
            raise UserError(
                f"{self.path}: {image.bands} channels of the kind {image.interpretation}; save it as grey, RGB or "
                "CMYK, with one channel of transparency at most"
            )
        if colours.interpretation not in ("srgb", "rgb16", "b-w", "grey16"):
            # CMYK is converted by its own profile, or else a usual one; Lab and others need no profile.
            kind = "srgb" if self.levels == 255 else "rgb16"
            if colours.interpretation == "cmyk":
                depth = 8 if self.levels == 255 else 16
                colours = colours.icc_transform("srgb", input_profile="cmyk", embedded=True, depth=depth)
                colours.remove("icc-profile-data")
            colours = colours.colourspace(kind)
        self.grey = colours.bands == 1 or _equal_channels(colours, alpha)
        self.colours = colours if alpha is None else _fill_hidden(colours, alpha, self.levels)
        # A fully opaque alpha channel need not be enlarged.
        self.alpha = alpha if alpha is not None and alpha.min() < self.levels else None
        self.has_alpha = alpha is not None
        self.height, self.width = image.height, image.width
        self.upright = image  # the metadata are read from it

    def read_colours(self, window: Window) -> np.ndarray:
        """A part of the colours, (h, w, 3) float32 in [0, 1]; grey is repeated."""
        return self._read(self.colours, window)

    def read_alpha(self, window: Window) -> np.ndarray:
        """A part of the alpha channel, in the form of grey colours."""
        return self._read(self.alpha, window)

    def _read(self, image: pyvips.Image, window: Window) -> np.ndarray:
        with _damage_named(self.path):
            pixels = image.crop(window.left, window.top, window.width, window.height).numpy()
        pixels = pixels.reshape(window.height, window.width, -1)  # pyvips leaves out what is 1 of a single grey pixel
        return to_rgb(pixels).astype(np.float32) / np.float32(self.levels)


def pixel_count(path: Path) -> int:
    """The number of pixels of a picture, by its header only; 0 if it cannot be opened."""
    try:
        with _refusal_named(path):
            if reader := reader_of(path):
                return reader.pixels(path)
            image = _by_libvips(path)
            return image.width * image.height
    except UserError:
        return 0


def _open(path: Path) -> pyvips.Image:
    with _refusal_named(path):
        reader = reader_of(path)
        return reader.read(path) if reader else _by_libvips(path)


def _by_libvips(path: Path) -> pyvips.Image:
    """Open a file for libvips, which reads its pixels later."""
    if path.stat().st_size == 0:
        raise UnreadableError(path, "the file is empty", "0 bytes", "fetch it again or remove it")
    image = pyvips.Image.new_from_file(str(path), access="random", fail_on="error")
    if not image.get("vips-loader").startswith(LOADERS):
        raise UserError(f"{path}: {NO_PICTURE}")
    return image


def _equal_channels(colours: pyvips.Image, alpha: pyvips.Image | None) -> bool:
    """Whether red, green and blue are equal wherever they can be seen; it takes a few ms per million pixels."""
    equal = (colours[0] == colours[1]) & (colours[1] == colours[2])
    return bool((equal if alpha is None else equal | (alpha == 0)).min() == 255)


def _fill_hidden(colours: pyvips.Image, alpha: pyvips.Image, levels: int) -> pyvips.Image:
    """Give fully transparent pixels the colours of the visible pixels near them.

    Files have any colour there, mostly black, and the network would spread it over the edge as a fringe.
    """
    weight = alpha / levels
    near = (colours * weight).gaussblur(BLUR, min_ampl=0.01, precision="float")
    share = weight.gaussblur(BLUR, min_ampl=0.01, precision="float")
    spread = (share > 1e-3).ifthenelse(near / (share + 1e-12), colours)
    return (
        (alpha == 0).ifthenelse(spread.rint().cast(colours.format), colours).copy(interpretation=colours.interpretation)
    )


@contextmanager
def _refusal_named(path: Path) -> Iterator[None]:
    """Turn the errors of all readers, at a file that they cannot open, into a UserError that names it."""
    try:
        yield
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; check the path") from None
    except pyvips.Error as error:
        if "is not a known file format" in str(error):
            raise UserError(f"{path}: {NO_PICTURE}") from None
        raise UnreadableError(path, UNREADABLE, reason(error)) from None
    except OSError as error:
        if error.strerror:
            raise UserError(f"{path}: cannot be read ({error.strerror})") from None
        raise UnreadableError(path, UNREADABLE, str(error)) from None
    except UnicodeEncodeError:
        raise UserError(f"{path}: the name is not UTF-8; rename the file") from None
    except DAMAGED as error:
        raise UnreadableError(path, UNREADABLE, str(error)) from None


@contextmanager
def _damage_named(path: Path) -> Iterator[None]:
    """Turn libvips' errors into a UserError that names the file."""
    try:
        yield
    except pyvips.Error as error:
        raise UnreadableError(path, "damaged or cut short", reason(error), "fetch it again") from None


def reason(error: pyvips.Error) -> str:
    """The last line of libvips' message that says why; the first only names the function."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return next((line for line in reversed(lines) if not NO_REASON.search(line)), "no reason given")
