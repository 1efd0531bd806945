"""Read and write pictures, and convert their value ranges.

A picture in memory is uint8, (H, W, 3) for colour and (H, W) for grey. Networks take LR in [0, 1] ("unit")
and give SR in [-1, 1] ("signed"); the conversions between the three are only here.
"""

from __future__ import annotations

import hashlib
import struct
import threading
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageFile, UnidentifiedImageError
from pillow_heif import register_heif_opener

from srgan.atomic import built_file
from srgan.errors import UserError

# Formats of photographs. Pillow knows more; some of them start other programs (EPS).
FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "HEIF", "AVIF", "BMP", "GIF", "PPM")
SUFFIXES = frozenset(
    (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".tif", ".tiff", ".webp", ".bmp", ".gif", ".ppm", ".pgm", ".pbm", ".pnm")
) | {".heic", ".heif", ".hif", ".avif"}
register_heif_opener()  # Pillow alone does not know HEIF, the format of iPhones
ORIENTATION = 0x0112  # the EXIF tag

# What the decoders raise on damaged files.
DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    RuntimeError,
    OverflowError,
    EOFError,
    struct.error,
    zlib.error,
)
_HEADER_LOCK = threading.Lock()


def read_image(path: Path | str, max_pixels: int = 200_000_000) -> np.ndarray:
    """Read a picture as it is meant to be seen: upright, opaque, 8 bits a channel.

    Palette, CMYK and other colours become RGB; grey and 1-bit files, with alpha or not, stay single-channel.
    Transparent pixels are put on white. 16 bits are rounded to 8 (of 16-bit colour, Pillow takes the upper 8).
    Of an animation the first frame is read. Colour profiles are not applied.

    Args:
        path: the file.
        max_pixels: a picture with more is refused before it is decoded, because a small file can decode to any size.

    Returns:
        uint8 (H, W, 3), or (H, W) for a single-channel picture.

    Raises:
        UserError: the file is missing, empty, too large, damaged, not a picture of a known format, or not of
            8 or 16 bits.
    """
    path = Path(path)
    try:
        if path.stat().st_size == 0:
            raise UserError(f"{path}: the file is empty (0 bytes); fetch it again or remove it")
        with path.open("rb") as file, _open_header(file) as image:
            width, height = image.size
            if width * height > max_pixels:
                raise UserError(
                    f"{path}: {width} x {height} is more than {max_pixels} pixels; shrink or remove it, or, in the "
                    "pipeline, raise data.max_pixels in params.yaml"
                )
            grey = _is_grey(image)
            image.load()
            orientation = _orientation(image)
            pixels = _to_eight_bits(image, grey, path)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; check the path") from None
    except (IsADirectoryError, PermissionError) as error:
        raise UserError(f"{path}: cannot be opened ({error.strerror}); give a readable picture file") from None
    except UnidentifiedImageError:
        raise UserError(
            f"{path}: not a picture in a known format ({', '.join(FORMATS)}); convert it or remove it"
        ) from None
    except DAMAGED as error:
        detail = " ".join(str(error).split()) or type(error).__name__
        raise UserError(f"{path}: damaged or cut short ({detail}); fetch it again or remove it") from error
    return np.ascontiguousarray(_upright(pixels, orientation))


def to_rgb(image: np.ndarray) -> np.ndarray:
    """Give a picture three channels: (H, W) or (H, W, 1) is repeated, (H, W, 3) returned as it is."""
    if image.ndim == 2:
        image = image[..., np.newaxis]
    return np.repeat(image, 3, axis=2) if image.shape[2] == 1 else image


def pixel_digest(*pictures: np.ndarray) -> str:
    """The sha256 of pictures' shapes and pixels: the same for a picture however its file stores it."""
    found = hashlib.sha256()
    for pixels in pictures:
        found.update(f"{pixels.shape}".encode() + pixels.tobytes())
    return found.hexdigest()


def write_png(path: Path | str, image: np.ndarray) -> None:
    """Write a picture as PNG; the same pixels give the same bytes, and a half-written file is never seen.

    Args:
        path: the file to make or replace; its folder is made if it is missing.
        image: uint8 (H, W) for a grey file, (H, W, 3) for a colour file.

    Raises:
        ValueError: another shape or type of array.
    """
    if image.dtype != np.uint8 or not (image.ndim == 2 or (image.ndim == 3 and image.shape[2] == 3)):
        raise ValueError(f"the array must be uint8 (H, W) or (H, W, 3), not {image.dtype} {image.shape}")
    with built_file(Path(path)) as temporary:
        Image.fromarray(np.ascontiguousarray(image)).save(temporary, format="PNG", compress_level=6)


def to_unit(image: np.ndarray) -> np.ndarray:
    """uint8 0..255 to float32 in [0, 1], any shape."""
    return image.astype(np.float32) / np.float32(255)


def to_signed(image: np.ndarray) -> np.ndarray:
    """uint8 0..255 to float32 in [-1, 1], any shape."""
    return image.astype(np.float32) / np.float32(127.5) - np.float32(1)


def from_signed(image: np.ndarray, levels: int = 255) -> np.ndarray:
    """[-1, 1] of any float type and shape to whole levels: clipped, then rounded, halves to the even level.

    Args:
        image: the values.
        levels: the highest level: 255 gives uint8, 65535 uint16.

    Raises:
        ValueError: a value is not a number, so there is no level for it.
    """
    scaled = (np.asarray(image, dtype=np.float32) + np.float32(1)) * np.float32(levels / 2)
    if np.isnan(scaled).any():
        raise ValueError("a picture with values that are not numbers (NaN) has no levels")
    return np.rint(np.clip(scaled, 0, levels)).astype(np.uint8 if levels == 255 else np.uint16)


def _open_header(file: BinaryIO) -> ImageFile.ImageFile:
    """Open lazily, without Pillow's own limit of pixels, because max_pixels is checked instead.

    Pillow's limit is a global variable. It is restored before another thread can enter here, and only the header is
    read until then.
    """
    with _HEADER_LOCK:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            return Image.open(file, formats=FORMATS)
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 (upright) to 8. Read after decoding, because Pillow rotates TIFF files itself."""
    try:
        return image.getexif().get(ORIENTATION, 1)
    except DAMAGED:  # the pixels are sound, and every viewer shows such a file as stored
        return 1


def _upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Undo the EXIF orientation (table in EXIF 2.3, section 4.6.4)."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels


def _is_grey(image: ImageFile.ImageFile) -> bool:
    """Whether the file has one channel besides alpha. Read before decoding, which loses this."""
    sixteen_bits_and_alpha = any(tile.args == "LA;16B" for tile in image.tile)  # decoded as RGBA
    return image.mode in ("1", "L", "LA", "La") or sixteen_bits_and_alpha


def _to_eight_bits(image: Image.Image, grey: bool, path: Path) -> np.ndarray:
    """A decoded picture of any mode as opaque uint8, (H, W) if grey, else (H, W, 3)."""
    if image.mode == "F":
        raise UserError(f"{path}: floating-point pixels have no agreed white; save it with 8 or 16 bits")
    if image.mode.startswith("I"):
        levels = np.asarray(image)  # (H, W), 16 or 32 bits
        if levels.min() < 0 or levels.max() > 65535:
            raise UserError(f"{path}: levels outside 0..65535; save it with 8 or 16 bits")
        return ((levels.astype(np.uint32) + 128) // 257).astype(np.uint8)  # 65535 = 257 * 255
    if image.has_transparency_data:
        return _on_white(np.asarray(image.convert("LA" if grey else "RGBA")))
    return np.asarray(image.convert("L" if grey else "RGB"))


def _on_white(pixels: np.ndarray) -> np.ndarray:
    """Put (H, W, 2) grey and alpha or (H, W, 4) colour and alpha on white; the result has no alpha."""
    colour, alpha = pixels[..., :-1].astype(np.uint16), pixels[..., -1:].astype(np.uint16)
    opaque = (colour * alpha + 255 * (255 - alpha) + 127) // 255  # at most 65152: fits
    return opaque.astype(np.uint8).squeeze(-1) if opaque.shape[2] == 1 else opaque.astype(np.uint8)
