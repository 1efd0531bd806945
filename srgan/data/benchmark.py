"""Benchmark photographs by the protocol of published results."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from srgan.data.images import read_image
from srgan.data.listing import images_by_name
from srgan.data.resize import crop_to_multiple, shrink
from srgan.errors import UserError

# How the name of a degraded set ends; srgan.sources.degraded makes such sets.
STEP_AT_THE_END = re.compile(r"\+(blur|noise|jpeg)[0-9.]+$")
SMALLEST_INPUT = 16  # LR pixels; SSIM's window of 11 HR pixels still fits when the border is cut


def benchmark_sets(root: Path, order: Sequence[str] = ()) -> dict[str, dict[str, Path]]:
    """Find the benchmark photographs.

    Args:
        root: a folder with one folder of photographs per set.
        order: names of the sets that come first.

    Returns:
        Set name -> picture name -> file, alphabetically after the sets in `order`. A picture's name is its path inside
        the set's folder without the suffix.

    Raises:
        UserError: no set, a set without a photograph, or two photographs of one name.
    """
    folders = sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else []
    if not folders:
        raise UserError(f"{root}: no benchmark set there; name one in data.benchmarks and run: dvc repro download")
    places = {name: place for place, name in enumerate(order)}
    folders.sort(key=lambda folder: places.get(folder.name, len(places)))
    return {folder.name: _pictures(folder) for folder in folders}


def _pictures(folder: Path) -> dict[str, Path]:
    pictures = images_by_name(folder)
    if not pictures:
        raise UserError(
            f"{folder}: no photograph in this benchmark set; put one there, or take the set out of data.benchmarks"
        )
    return pictures


def benchmark_hr(path: Path, scale: int, max_pixels: int) -> np.ndarray:
    """Read a photograph, cropped to a multiple of the scale.

    Args:
        path: the photograph.
        scale: HR pixels per LR pixel, along each side.
        max_pixels: a larger photograph is refused.

    Returns:
        uint8 (H, W, 3), or (H, W) for a single-channel photograph.

    Raises:
        UserError: the photograph cannot be read or is too small to be measured.
    """
    hr = crop_to_multiple(read_image(path, max_pixels), scale)
    smallest = SMALLEST_INPUT * scale
    if min(hr.shape[:2]) < smallest:
        height, width = hr.shape[:2]
        raise UserError(
            f"{path}: {width}x{height} pixels is too small to measure at scale {scale}; "
            f"a benchmark picture needs at least {smallest}x{smallest}; remove it"
        )
    return hr


def benchmark_pair(path: Path, scale: int, max_pixels: int) -> tuple[np.ndarray, np.ndarray]:
    """Read a photograph as hr, see `benchmark_hr`, and shrink it to lr, uint8 (H / scale, W / scale[, 3]).

    For a degraded set the stored LR is read; otherwise LR is the bicubic reduction.

    Raises:
        UserError: as `benchmark_hr`; or the stored LR is missing, or of another size.
    """
    hr = benchmark_hr(path, scale, max_pixels)
    if not is_degraded(path.parent.name):
        return hr, shrink(hr, scale)
    stored = stored_lr(path)
    if not stored.is_file():
        raise UserError(
            f"{stored}: the degraded input of {path.name} is not there; run `dvc checkout`, or `dvc repro -f download` "
            "to make it again"
        )
    lr = read_image(stored, max_pixels)
    if lr.shape != (hr.shape[0] // scale, hr.shape[1] // scale, *hr.shape[2:]):
        raise UserError(
            f"{stored}: {lr.shape[1]}x{lr.shape[0]} pixels are not {path.name} shrunk by {scale}; "
            "run `dvc repro -f download` to make it again"
        )
    return hr, lr


def is_degraded(name: str) -> bool:
    """Whether a set of this name has inputs that were made worse, see `stored_lr`."""
    return bool(STEP_AT_THE_END.search(name))


def stored_lr(path: Path) -> Path:
    """Where the degraded LR of a photograph lies, if its set is a degraded one.

    In a hidden folder: no set can have such a name, and no list of photographs looks into it.
    """
    return path.parent / ".lr" / f"{path.stem}.png"
