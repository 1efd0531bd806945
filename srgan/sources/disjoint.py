"""No photograph is both trained on and measured with."""

from __future__ import annotations

import hashlib
import warnings
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from srgan.data.images import FORMATS, list_images, read_image, to_rgb
from srgan.errors import UserError


def check_disjoint(training: Path, evaluation: Path, max_pixels: int) -> None:
    """Make sure that no training photo is in an evaluation set, whatever its name.

    Compared are the decoded RGB pixels, by SHA-256: the same bytes always give the same pixels, and a photo saved
    anew as PNG is still the same photo. Only training photos of the size of some evaluation photo are decoded, so
    hundreds of thousands cost their headers. A photo resized, cropped or compressed anew is not recognised here; the
    report on the photographs does that.
    A training photo that cannot be read is no one's twin; what becomes of it is decided where patches are cut.

    Args:
        training: a folder of photos.
        evaluation: another, with every benchmark set in it.
        max_pixels: photos with more are not decoded.

    Raises:
        UserError: naming both files; or an evaluation photo cannot be read.
    """
    held_out: dict[str, Path] = {}
    sizes: set[tuple[int, int]] = set()
    for photo in list_images(evaluation):
        pixels = to_rgb(read_image(photo, max_pixels))  # (H, W, 3)
        held_out[_digest(pixels)] = photo
        sizes.add(_unordered(*pixels.shape[:2]))

    twins = []
    for photo in tqdm(list_images(training), desc="compare", unit="photo", disable=None, leave=False):
        if not _may_have(sizes, photo):
            continue
        try:
            pixels = to_rgb(read_image(photo, max_pixels))
        except UserError:
            continue
        if twin := held_out.get(_digest(pixels)):
            twins.append(f"{photo.relative_to(training)} is also {twin.relative_to(evaluation)}")
    if twins:
        more = f" (and {len(twins) - 1} more)" if len(twins) > 1 else ""
        raise UserError(
            f"data.train and data.benchmarks share photographs: {twins[0]}{more}; "
            "a network must not be measured on what it was trained on: remove them from one of the two"
        )


def _may_have(sizes: set[tuple[int, int]], photo: Path) -> bool:
    """Whether a photo's header has one of the sizes; where it is too large for Pillow's taste, reading decides."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(photo, formats=FORMATS) as header:
                return _unordered(*header.size) in sizes
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        return True
    except (OSError, SyntaxError, ValueError):
        return False


def _unordered(height: int, width: int) -> tuple[int, int]:
    """One key for both ways of holding the camera: a header has the size before EXIF turns the picture."""
    return (min(height, width), max(height, width))


def _digest(pixels: np.ndarray) -> str:
    return hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()
