"""Cut the details that the pages show, where bicubic loses most, from the pictures of every model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from srgan.data.benchmark import benchmark_pair
from srgan.data.images import read_image, to_rgb, write_png
from srgan.names import COLUMNS
from srgan.params import Params
from srgan.pipeline import MODELS
from srgan.report.overview import sheet

STRIP = "all"  # beside the columns: all of them in one picture


def most_lost(hr: np.ndarray, bicubic: np.ndarray, size: int, step: int) -> tuple[slice, slice]:
    """Find the window with the most detail to restore, where bicubic differs most from HR in squared levels.

    Args:
        hr: uint8 (H, W) or (H, W, 3).
        bicubic: uint8, the same shape.
        size: pixels of the window's side; the picture's side where that is smaller.
        step: windows start at multiples of it.

    Returns:
        Rows and columns of the window; if several are equal, the first in reading order.
    """
    error = (hr.astype(np.int64) - bicubic) ** 2  # integers, so that sums and ties are exact
    error = error.reshape(*hr.shape[:2], -1).sum(axis=2)  # (H, W)
    height, width = (min(size, side) for side in error.shape)
    corner = np.pad(error.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))  # (H + 1, W + 1), sums from (0, 0)
    sums = corner[height:, width:] - corner[:-height, width:] - corner[height:, :-width] + corner[:-height, :-width]
    sums = sums[::step, ::step]
    top, left = (int(index) * step for index in np.unravel_index(sums.argmax(), sums.shape))
    return slice(top, top + height), slice(left, left + width)


def write_crops(
    pictures: Mapping[str, Path], sr_folder: Path, folder: Path, params: Params
) -> dict[str, dict[str, str]]:
    """Cut the same detail out of HR and out of every model's picture, and put all of a photograph into a strip.

    Args:
        pictures: name -> HR file; the first `evaluate.pictures` are cut.
        sr_folder: a set's <model>/<picture>.png.
        folder: where the crops are written, as PNG.
        params: for scale, evaluate.crop, evaluate.pictures and data.max_pixels.

    Returns:
        Picture name -> column ("bicubic" ... "wgan", "target"), or STRIP -> file name of the crop.
    """
    crops: dict[str, dict[str, str]] = {}
    for number, name in enumerate(list(pictures)[: params.evaluate.pictures], start=1):
        columns = worst_window(name, pictures[name], sr_folder, params.evaluate.crop, params)
        # Numbered, because two names may differ only in characters that a link cannot have.
        stem = f"{number}-{re.sub(r'[^A-Za-z0-9_.-]+', '-', name)}"
        # One picture of a row keeps its columns equal: GitHub would give those of a table widths of their own.
        columns[STRIP] = sheet([columns], COLUMNS, enlarged=1)
        crops[name] = {column: f"{stem}-{column}.png" for column in columns}
        for column, picture in columns.items():
            write_png(folder / crops[name][column], picture)
    return crops


def worst_window(name: str, path: Path, sr_folder: Path, size: int, params: Params) -> dict[str, np.ndarray]:
    """Cut a photograph's `most_lost` window out of every model's picture and out of HR.

    Args:
        name: the photograph's name.
        path: its HR file.
        sr_folder: its set's <model>/<name>.png.
        size: pixels of the window's side; a smaller side of a photograph is used whole.
        params: for scale and data.max_pixels.

    Returns:
        Column ("bicubic" ... "wgan", "target") -> uint8 (H, W, 3), all of one shape.
    """
    hr, _ = benchmark_pair(path, params.scale, params.data.max_pixels)
    files = {model: sr_folder / model / f"{name}.png" for model in MODELS}
    columns = {model: to_rgb(read_image(file, params.data.max_pixels)) for model, file in files.items()}
    columns["target"] = to_rgb(hr)
    window = most_lost(columns["target"], columns["bicubic"], size, params.scale)
    return {column: picture[window] for column, picture in columns.items()}
