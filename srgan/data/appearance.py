"""Figures of one picture alone, and how far those of many pictures are from those of others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

STRIP = 256  # rows at a time, so that a photograph of 200 million pixels costs no more memory than to read it
QUANTILES = 20  # of the figures of many pictures: the middles of so many equal parts of the pictures
LEAST = 1e-3  # below this a logarithm is not taken: a picture of one colour has no sharpness


class Scale(NamedTuple):
    """The scale on which a figure's distributions are compared."""

    of: Callable[[Any], np.ndarray]
    least: float  # least standard deviation that a drift is divided by


FIGURES = {
    "brightness": Scale(np.asarray, 1.0),
    "contrast": Scale(np.asarray, 1.0),
    "colourfulness": Scale(np.asarray, 1.0),
    "sharpness": Scale(np.log2, 0.1),
}


def grey_levels(picture: Image.Image) -> np.ndarray:
    """Pillow's mode L, 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), uint8 (H, W)."""
    return np.asarray(picture.convert("L"))


def appearance(picture: np.ndarray) -> dict[str, float]:
    """The FIGURES of a picture: mean and standard deviation of luma, colourfulness, sharpness.

    Args:
        picture: uint8 (H, W, 3).
    """
    grey = grey_levels(Image.fromarray(picture))
    return {
        "brightness": float(grey.mean()),
        "contrast": float(grey.std()),
        "colourfulness": colourfulness(picture),
        "sharpness": sharpness(grey),
    }


def colourfulness(picture: np.ndarray) -> float:
    """Hasler & Süsstrunk 2003, "Measuring colourfulness in natural images", equation M(3).

    Args:
        picture: uint8 (H, W, 3).

    Returns:
        0 for grey; the paper's words are 15 slightly, 33 moderately, 45 averagely, 59 quite, 82 highly colourful.
    """
    red, green, blue = np.moveaxis(picture.astype(np.float64), 2, 0)
    opponents = np.stack([red - green, (red + green) / 2 - blue])  # (2, H, W)
    return float(np.linalg.norm(opponents.std(axis=(1, 2))) + 0.3 * np.linalg.norm(opponents.mean(axis=(1, 2))))


def sharpness(grey: np.ndarray) -> float:
    """Variance of the Laplacian (Pech-Pacheco et al. 2000, "Diatom autofocusing in brightfield microscopy", LAPV).

    Fine texture and noise raise it as well as focus, and enlarging a picture lowers it.

    Args:
        grey: uint8 (H, W).

    Returns:
        Levels², over the pixels that have four neighbours; 0 where there are none.
    """
    count, total, squares = 0, 0, 0  # whole numbers: the same on every machine
    for top in range(0, grey.shape[0] - 2, STRIP):
        rows = grey[top : top + STRIP + 2].astype(np.int16)
        laplacian = rows[:-2, 1:-1] + rows[2:, 1:-1] + rows[1:-1, :-2] + rows[1:-1, 2:] - 4 * rows[1:-1, 1:-1]
        count += laplacian.size
        total += int(laplacian.sum(dtype=np.int64))
        squares += int(np.square(laplacian, dtype=np.int32).sum(dtype=np.int64))
    return (squares * count - total**2) / count**2 if count else 0.0


def quantiles(values: Iterable[float]) -> list[float]:
    """QUANTILES quantiles of the values, rising, to four digits; an empty list if there are none."""
    values = list(values)
    levels = (np.arange(QUANTILES) + 0.5) / QUANTILES
    return [float(f"{value:.4g}") for value in np.quantile(values, levels)] if values else []


def summary(figures: Iterable[Mapping[str, float]]) -> dict[str, list[float]]:
    """The quantiles of each of the FIGURES of many pictures."""
    figures = list(figures)
    return {name: quantiles(each[name] for each in figures) for name in FIGURES}


def drift(
    now: Mapping[str, list[float]], before: Mapping[str, list[float]], scales: Mapping[str, Scale] = FIGURES
) -> dict[str, float]:
    """How far each figure of many pictures has moved.

    This is the Wasserstein distance of the two distributions, by their quantiles, in standard deviations of the earlier
    one (https://docs.evidentlyai.com/metrics/customize_data_drift calls it "normed"): if every picture's figure moves
    by as much, the drift is that much.

    Args:
        now: quantiles of each figure.
        before: those that they are compared with.
        scales: of the figures to compare.

    Returns:
        figure -> drift, of those that both have.
    """
    moved = {}
    for name, scale in scales.items():
        if now.get(name) and before.get(name):
            then, today = (scale.of(np.maximum(part[name], LEAST)) for part in (before, now))
            # Between distributions of as many points each, the distance is the mean one between points of equal rank.
            moved[name] = float(np.abs(today - then).mean()) / max(float(then.std()), scale.least)
    return moved
