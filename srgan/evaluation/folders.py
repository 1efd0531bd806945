"""Compare enlarged pictures in one folder with the originals in another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np

from srgan.data.images import read_image, to_rgb
from srgan.data.listing import images_by_name
from srgan.data.resize import crop_to_multiple
from srgan.errors import UserError
from srgan.metrics.score import Judge, check_size, score

NAMED = 5  # pictures that a message names at most


def pair_up(hr: Path, sr: Path) -> dict[str, tuple[Path, Path]]:
    """Match originals and enlarged pictures by their names; suffixes may differ.

    Args:
        hr: a picture, or a folder of pictures, with its subfolders.
        sr: a picture, or a folder of pictures, with its subfolders.

    Returns:
        Name -> (original, enlarged); two files are a pair whatever their names.

    Raises:
        UserError: one does not exist, one is a file and the other a folder, or an original has no enlarged picture.
    """
    for path in (hr, sr):
        if not path.exists():
            raise UserError(f"{path}: no such file or folder; check the path")
    if hr.is_file() and sr.is_file():
        return {hr.stem: (hr, sr)}
    if hr.is_file() or sr.is_file():
        raise UserError(f"{hr} and {sr}: two pictures are compared, or two folders, not one of each")
    originals, enlarged = images_by_name(hr), images_by_name(sr)
    missing = [name for name in originals if name not in enlarged]
    if not originals or missing:
        what = f"{sr} has no picture called {_listed(missing)}" if originals else f"{hr} has no picture in it"
        raise UserError(f"{what}; the two folders must have pictures of the same names, as baby.png and baby.jpg")
    return {name: (path, enlarged[name]) for name, path in originals.items()}


def score_pairs(
    pairs: Mapping[str, tuple[Path, Path]], scale: int, judges: Mapping[str, Judge]
) -> Iterator[tuple[str, dict[str, float]]]:
    """Measure pair by pair.

    Args:
        pairs: what `pair_up` found.
        scale: the factor of enlargement; originals are cropped to a multiple of it.
        judges: metric -> the network that measures it.

    Yields:
        Name and figures.

    Raises:
        UserError: a file is not a picture, too small, or of another size than its original.
    """
    for original, enlarged in pairs.values():  # reading is fast, so a wrong file is found before hours of measuring
        _read_pair(original, enlarged, scale)
    for name, (original, enlarged) in pairs.items():
        hr, sr = _read_pair(original, enlarged, scale)
        yield name, score(sr, hr, scale, {metric: judge(hr) for metric, judge in judges.items()})


def _read_pair(original: Path, enlarged: Path, scale: int) -> tuple[np.ndarray, np.ndarray]:
    """An original, cropped to a multiple of the scale, and its enlarged picture, as large and with as many channels."""
    whole, sr = read_image(original), read_image(enlarged)
    hr = crop_to_multiple(whole, scale)
    try:
        for picture in (whole, hr):
            check_size(picture, scale)
    except UserError as error:
        raise UserError(f"{original}: {error}; leave it out") from None
    if sr.shape[:2] == whole.shape[:2]:
        sr = crop_to_multiple(sr, scale)
    if sr.shape[:2] != hr.shape[:2]:
        raise UserError(
            f"{enlarged}: {sr.shape[1]} x {sr.shape[0]} pixels cannot be compared with the "
            f"{whole.shape[1]} x {whole.shape[0]} of {original}; enlarge the original shrunk by {scale} (--scale)"
        )
    return hr, to_rgb(sr) if hr.ndim == 3 else sr


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
