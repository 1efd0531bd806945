"""All metrics of a picture, those of published results and some more, and how they are printed.

HR and SR are uint8. PSNR and SSIM are of the luma plane (`_y`) or of R, G and B (`_rgb`), without a border of `scale`
pixels, peak 255. A single-channel photograph is one full-range plane, and `_y` and `_rgb` both measure it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from srgan.data.resize import shrink
from srgan.errors import UserError
from srgan.metrics.artefacts import halo, lattice, mesh
from srgan.metrics.distortion import RADIUS, luma, psnr, ssim
from srgan.metrics.spectrum import spectral_distance

FULL_RANGE_LUMA = np.array([0.299, 0.587, 0.114])  # BT.601, for pictures in grey
SMALLEST = 16  # px; what the perceptual distance needs

# A metric that a network computes: a function of hr that returns a function from sr to the figure. Both are uint8.
Judge = Callable[[np.ndarray], Callable[[np.ndarray], float]]


class Metric(NamedTuple):
    """How a metric is printed and compared."""

    name: str
    decimals: int
    unit: str = ""
    lower_is_better: bool = False
    in_tables: bool = True
    may_be_absent: bool = False  # NaN for a picture in which it cannot be measured

    @property
    def label(self) -> str:
        """Its name and its unit."""
        return f"{self.name}, {self.unit}" if self.unit else self.name

    @property
    def header(self) -> str:
        """The title of a column: its label, and an arrow towards better values."""
        return f"{self.label} {'↓' if self.lower_is_better else '↑'}"


# In the order of every file and table. The metrics of networks are optional: see `score`.
METRICS = {
    "psnr_y": Metric("PSNR-Y", 2, "dB"),
    "ssim_y": Metric("SSIM-Y", 3),
    "psnr_rgb": Metric("PSNR-RGB", 2, "dB", in_tables=False),
    "ssim_rgb": Metric("SSIM-RGB", 3, in_tables=False),
    "lr_psnr": Metric("LR-PSNR", 2, "dB"),
    "perceptual_distance": Metric("Perceptual distance", 3, lower_is_better=True),
    "lpips": Metric("LPIPS", 3, lower_is_better=True),
    "dists": Metric("DISTS", 3, lower_is_better=True),
    "niqe": Metric("NIQE", 2, lower_is_better=True, may_be_absent=True),
    "mesh": Metric("Mesh", 2, "levels", lower_is_better=True, may_be_absent=True),
    "halo": Metric("Halo", 3, "levels", lower_is_better=True, may_be_absent=True),
    "lattice": Metric("Lattice", 2, "dB", lower_is_better=True, may_be_absent=True),
    "spectral_distance": Metric("Spectral distance", 2, lower_is_better=True),
}
PLANE = ("psnr_y", "perceptual_distance")  # distortion and perception, the axes of plots (Blau & Michaeli 1711.06077)
WATCHED = (*PLANE, "mesh", "halo")  # what pages draw of a training's validation; its curve has all


def in_tables(measured: Container[str]) -> list[str]:
    """The METRICS that tables show: those that were measured, without those on RGB."""
    return [name for name, metric in METRICS.items() if metric.in_tables and name in measured]


def printed(metric: str, value: float) -> str:
    """A metric's value with its significant decimals; infinity as ∞, an absent value as –."""
    if np.isnan(value):
        return "–"
    return "∞" if np.isinf(value) else f"{value:.{METRICS[metric].decimals}f}"


def text_table(rows: Mapping[str, Mapping[str, float]]) -> str:
    """Figures as plain text: a row per picture or model, a column per metric, without the metrics on RGB."""
    shown = in_tables(next(iter(rows.values())))
    cells = [["", *(METRICS[name].header for name in shown)]]
    cells += [[title, *(printed(name, row[name]) for name in shown)] for title, row in rows.items()]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))])
        for row in cells
    ]
    return "\n".join(line.rstrip() for line in lines)


def check_size(hr: np.ndarray, scale: int) -> None:
    """Refuse a picture whose sides are too short for a metric.

    Args:
        hr: (H, W, 3) or (H, W).
        scale: the factor of enlargement.

    Raises:
        UserError: it is too small.
    """
    height, width = hr.shape[:2]
    needed = max(2 * (scale + RADIUS) + 1, SMALLEST)
    if min(height, width) < needed:
        raise UserError(
            f"{width} x {height} pixels are too few to measure at scale {scale}; {needed} a side are needed"
        )


def score(
    sr: np.ndarray, hr: np.ndarray, scale: int, judges: Mapping[str, Callable[[np.ndarray], float]]
) -> dict[str, float]:
    """Compute all metrics of one picture.

    Args:
        sr: uint8, the enlarged photo, of hr's size. If hr has a single channel and sr has three, sr is made grey by
            full-range BT.601 luma, rounded.
        hr: uint8 (H, W, 3) or (H, W), the original; sides multiples of the scale.
        scale: the factor of enlargement, and the border left out of PSNR and SSIM, in pixels.
        judges: name in METRICS -> what computes this metric of sr with a network, against this hr.

    Returns:
        Metric -> figure, in the order of METRICS; a network's metric only if it is among the judges.

    Raises:
        UserError: the picture is too small to be measured.
        ValueError: the two differ in size or channels, or are not uint8.
    """
    if sr.dtype != np.uint8 or hr.dtype != np.uint8:
        raise ValueError(f"uint8 pictures are compared, not {sr.dtype} with {hr.dtype}")
    if hr.ndim == 2 and sr.ndim == 3:
        sr = np.rint(sr @ FULL_RANGE_LUMA).astype(np.uint8)
    check_size(hr, scale)
    sr_y, hr_y = luma(sr), luma(hr)
    figures = {
        "psnr_y": psnr(sr_y, hr_y, border=scale),
        "ssim_y": ssim(sr_y, hr_y, border=scale),
        "psnr_rgb": psnr(sr, hr, border=scale),
        "ssim_rgb": ssim(sr, hr, border=scale),
        "lr_psnr": psnr(shrink(sr, scale), shrink(hr, scale)),
        "mesh": mesh(sr_y, hr_y, scale),
        "halo": halo(sr_y, hr_y, scale),
        "lattice": lattice(sr_y, hr_y, scale),
        "spectral_distance": spectral_distance(sr_y, hr_y),
    } | {name: judge(sr) for name, judge in judges.items()}
    return {metric: float(figures[metric]) for metric in METRICS if metric in figures}


def means(pictures: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Average over pictures: metric -> mean of the pictures' figures.

    A mean that includes inf is inf, and one that includes NaN is NaN. If a metric `may_be_absent`, the pictures in
    which it is absent are left out of its mean, which is NaN if none is left.

    Args:
        pictures: what `score` gives, the same metrics for each.
    """
    averages = {}
    for metric in pictures[0]:
        values = np.array([figures[metric] for figures in pictures], np.float64)
        if METRICS[metric].may_be_absent:
            values = values[~np.isnan(values)]
        averages[metric] = float(values.mean()) if values.size else math.nan
    return averages
