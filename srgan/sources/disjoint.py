"""Check that no photograph is used both for training and for evaluation."""

from __future__ import annotations

import warnings
from pathlib import Path

from PIL import Image
from tqdm import tqdm

from srgan.data.images import DAMAGED, FORMATS, pixel_digest, read_image, to_rgb
from srgan.data.listing import list_images
from srgan.errors import UserError


def check_disjoint(training: Path, evaluation: Path, max_pixels: int) -> None:
    """Check that no training photo is in an evaluation set, whatever its name.

    The decoded RGB pixels are compared by SHA-256, so a photo that was saved again as PNG is recognised, but one that
    was resized, cropped or compressed again is not: the report on the photographs finds those. Only training photos of
    the size of some evaluation photo are decoded; of hundreds of thousands of others only the headers are read. A
    training photo that cannot be read is skipped here; the stage that cuts patches decides about it.

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
        held_out[pixel_digest(pixels)] = photo
        sizes.add(_unordered(*pixels.shape[:2]))

    twins = []
    for photo in tqdm(list_images(training), desc="compare", unit="photo", disable=None, leave=False):
        if not _may_have(sizes, photo):
            continue
        try:
            pixels = to_rgb(read_image(photo, max_pixels))
        except UserError:
            continue
        if twin := held_out.get(pixel_digest(pixels)):
            twins.append(f"{photo.relative_to(training)} is also {twin.relative_to(evaluation)}")
    if twins:
        more = f" (and {len(twins) - 1} more)" if len(twins) > 1 else ""
        raise UserError(
            f"data.train and data.benchmarks share photographs: {twins[0]}{more}; "
            "a network must not be measured on what it was trained on: remove them from one of the two"
        )


def _may_have(sizes: set[tuple[int, int]], photo: Path) -> bool:
    """Whether a photo's header has one of the sizes; if it is too large for Pillow, true, and reading it decides."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(photo, formats=FORMATS) as header:
                return _unordered(*header.size) in sizes
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        return True
    except DAMAGED:
        return False


def _unordered(height: int, width: int) -> tuple[int, int]:
    """One key for portrait and landscape, because a header has the size before EXIF rotates the picture."""
    return (min(height, width), max(height, width))
