"""How strongly a JPEG was compressed, by its quantisation table."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from PIL.JpegImagePlugin import JpegImageFile

# Pillow says so of a file without JFIF, in whose EXIF it looks for the density. For the whole process, as
# warnings.catch_warnings is not for threads, and the page has some.
warnings.filterwarnings("ignore", "Corrupt EXIF data", UserWarning, r"PIL\.")

# The luminance table of ITU-T T.81, annex K.1: what libjpeg scales by its setting "quality".
LUMINANCE = np.array(
    [
        (16, 11, 10, 16, 24, 40, 51, 61),
        (12, 12, 14, 19, 26, 58, 60, 55),
        (14, 13, 16, 24, 40, 57, 69, 56),
        (14, 17, 22, 29, 51, 87, 80, 62),
        (18, 22, 37, 56, 68, 109, 103, 77),
        (24, 35, 55, 64, 81, 104, 113, 92),
        (49, 64, 78, 87, 103, 121, 120, 101),
        (72, 92, 95, 98, 112, 100, 103, 99),
    ]
)


def table(quality: int) -> np.ndarray:
    """The luminance table of libjpeg at a quality from 1 to 100 (its function jpeg_quality_scaling): int (8, 8)."""
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    return np.clip((LUMINANCE * scale + 50) // 100, 1, 255)


TABLES = np.stack([table(quality) for quality in range(1, 101)])


def estimated_quality(luminance: np.ndarray) -> int:
    """The libjpeg quality, 1 to 100, whose table is nearest to a file's in the sum of absolute differences.

    What libjpeg wrote is found exactly. Cameras and other programs have tables of their own, for which this is the
    quality that quantises about as coarsely (Kornblum 2008, "Using JPEG quantization tables to identify imagery
    processed by software").

    Args:
        luminance: the file's quantisation table of the luminance, (8, 8), rows from low to high vertical frequency.
    """
    return 1 + int(np.abs(TABLES - luminance).sum(axis=(1, 2)).argmin())


def jpeg_quality(path: Path) -> int | None:
    """A file's estimated quality as it was saved last; None where it is no JPEG.

    The table does not show earlier compressions: a JPEG that was saved again has only its last quality, and a PNG that
    was once a JPEG has none.
    """
    with path.open("rb") as file:
        if file.read(3) != b"\xff\xd8\xff":
            return None
        file.seek(0)
        image = JpegImageFile(file)  # Image.open would refuse what Pillow thinks too large
        tables = image.quantization
        _, _, _, number = image.layer[0]  # of each component the name, its two samplings, and its table's number
        return estimated_quality(np.array(tables[number]).reshape(8, 8)) if number in tables else None
