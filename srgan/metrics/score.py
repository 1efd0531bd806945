"""All figures of a picture, and how they are shown: the protocol that published numbers follow, and what it leaves out.

HR and SR are uint8. PSNR and SSIM are of the luma plane (`_y`) or of R, G and B (`_rgb`), without a border of `scale`
pixels, peak 255. A single-channel photograph is one full-range plane, and both pairs of figures are that plane's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from srgan.data.resize import shrink
from srgan.errors import UserError
from srgan.metrics.artefacts import halo, mesh
from srgan.metrics.distortion import RADIUS, luma, psnr, ssim
from srgan.metrics.spectrum import spectral_distance

FULL = np.array([0.299, 0.587, 0.114])  # BT.601, for pictures in grey
SMALLEST = 16  # px; what the perceptual distance needs

# What a network says of pictures against hr: a function from hr to a function from sr to the figure. Both are uint8.
Judge = Callable[[np.ndarray], Callable[[np.ndarray], float]]


class Metric(NamedTuple):
    """How a figure is shown and compared."""

    name: str
    decimals: int
    unit: str = ""
    lower_is_better: bool = False
    in_tables: bool = True
    may_be_absent: bool = False  # NaN for a picture in which it cannot be seen

    @property
    def label(self) -> str:
        """What it is, and its unit."""
        return f"{self.name}, {self.unit}" if self.unit else self.name

    @property
    def header(self) -> str:
        """A column's title: its label, and which way is better."""
        return f"{self.label} {'↓' if self.lower_is_better else '↑'}"


# The order of every file and table. Those of networks are there where the network is: see `score`.
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
    "spectral_distance": Metric("Spectral distance", 2, lower_is_better=True),
}


def printed(metric: str, value: float) -> str:
    """A metric's value with as many decimals as mean something; infinity as ∞, an absent one as –."""
    if np.isnan(value):
        return "–"
    return "∞" if np.isinf(value) else f"{value:.{METRICS[metric].decimals}f}"


def score(
    sr: np.ndarray, hr: np.ndarray, scale: int, judges: Mapping[str, Callable[[np.ndarray], float]]
) -> dict[str, float]:
    """All figures of one picture.

    Args:
        sr: uint8, the enlarged photo, of hr's size. If hr has a single channel and sr has three, sr is made grey by
            full-range BT.601 luma, rounded.
        hr: uint8 (H, W, 3) or (H, W), the original; sides multiples of the scale.
        scale: the factor of enlargement, and the border left out of PSNR and SSIM, in pixels.
        judges: name in METRICS -> what a network says of sr, against this hr.

    Returns:
        Metric -> figure, in the order of METRICS; those of networks as far as there are judges.

    Raises:
        UserError: the picture is too small to have a figure.
        ValueError: the two differ in size or channels, or are not uint8.
    """
    if sr.dtype != np.uint8 or hr.dtype != np.uint8:
        raise ValueError(f"uint8 pictures are compared, not {sr.dtype} with {hr.dtype}")
    if hr.ndim == 2 and sr.ndim == 3:
        sr = np.rint(sr @ FULL).astype(np.uint8)
    height, width = hr.shape[:2]
    needed = max(2 * (scale + RADIUS) + 1, SMALLEST)
    if min(height, width) < needed:
        raise UserError(
            f"{width} x {height} pixels are too few to measure at scale {scale}; {needed} a side are needed"
        )
    sr_y, hr_y = luma(sr), luma(hr)
    figures = {
        "psnr_y": psnr(sr_y, hr_y, border=scale),
        "ssim_y": ssim(sr_y, hr_y, border=scale),
        "psnr_rgb": psnr(sr, hr, border=scale),
        "ssim_rgb": ssim(sr, hr, border=scale),
        "lr_psnr": psnr(shrink(sr, scale), shrink(hr, scale)),
        "mesh": mesh(sr_y, hr_y, scale),
        "halo": halo(sr_y, hr_y, scale),
        "spectral_distance": spectral_distance(sr_y, hr_y),
    } | {name: judge(sr) for name, judge in judges.items()}
    return {metric: float(figures[metric]) for metric in METRICS if metric in figures}


def means(pictures: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Average over pictures: metric -> mean of the pictures' figures.

    A mean with inf in it is inf, and one with NaN in it NaN; but pictures in which a metric `may_be_absent` is absent
    are left out of its mean, which is NaN where none is left.

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
