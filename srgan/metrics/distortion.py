"""How far an enlarged photo is from the original: the metrics of super-resolution papers, by their definitions."""

from __future__ import annotations

import math

import numpy as np
from scipy import ndimage

STUDIO = np.array([65.481, 128.553, 24.966]) / 255  # BT.601, levels to levels

RADIUS = 5  # of SSIM's window, 11 x 11
WINDOW = np.exp(-(np.arange(-RADIUS, RADIUS + 1) ** 2) / (2 * 1.5**2))
WINDOW /= WINDOW.sum()
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def luma(image: np.ndarray) -> np.ndarray:
    """BT.601 luma in studio swing, 16..235, not rounded: MATLAB's rgb2ycbcr in floating point.

    Args:
        image: (H, W, 3) in 0..255; or (H, W), which is returned as it is, in full range.

    Returns:
        float64 (H, W).
    """
    return image.astype(np.float64) if image.ndim == 2 else 16 + image @ STUDIO


def psnr(a: np.ndarray, b: np.ndarray, border: int = 0) -> float:
    """Peak signal-to-noise ratio.

    Args:
        a: (H, W) or (H, W, C) in 0..255.
        b: the same shape.
        border: pixels left out on each side.

    Returns:
        dB, over all pixels and channels; inf for identical pictures.
    """
    a, b = _shaved(a, b, border)
    error = np.mean((a - b) ** 2)
    return math.inf if error == 0 else float(10 * np.log10(255**2 / error))


def ssim(a: np.ndarray, b: np.ndarray, border: int = 0) -> float:
    """Structural similarity (Wang et al. 2004): Gaussian window 11 x 11 of sigma 1.5, K1 = 0.01, K2 = 0.03.

    Args:
        a: (H, W) or (H, W, C) in 0..255.
        b: the same shape.
        border: pixels left out on each side, in addition to the 5 that the window needs.

    Returns:
        The mean over all places where the whole window fits, and over channels.
    """
    a, b = _shaved(a, b, border)
    if min(a.shape[:2]) < len(WINDOW):
        raise ValueError(f"{a.shape[:2]} pixels are fewer than SSIM's window")
    planes = [(a, b)] if a.ndim == 2 else zip(np.moveaxis(a, 2, 0), np.moveaxis(b, 2, 0), strict=True)
    return float(np.mean([_ssim_of_planes(*pair) for pair in planes]))


def _shaved(a: np.ndarray, b: np.ndarray, border: int) -> tuple[np.ndarray, np.ndarray]:
    """Both as float64, without their borders."""
    if a.shape != b.shape:
        raise ValueError(f"pictures of the same shape are compared, not {a.shape} with {b.shape}")
    height, width = a.shape[:2]
    if min(height, width) <= 2 * border:
        raise ValueError(f"nothing is left of {height} x {width} pixels without a border of {border}")
    inside = np.s_[border : height - border, border : width - border]
    return a[inside].astype(np.float64), b[inside].astype(np.float64)


def _ssim_of_planes(a: np.ndarray, b: np.ndarray) -> float:
    """SSIM of two float64 planes (Wang et al. 2004, equation 13), with population moments."""
    mean_a, mean_b = _local_mean(a), _local_mean(b)
    variance_a = _local_mean(a * a) - mean_a**2
    variance_b = _local_mean(b * b) - mean_b**2
    covariance = _local_mean(a * b) - mean_a * mean_b
    similarity = (2 * mean_a * mean_b + C1) * (2 * covariance + C2)
    similarity /= (mean_a**2 + mean_b**2 + C1) * (variance_a + variance_b + C2)
    return similarity.mean()


def _local_mean(plane: np.ndarray) -> np.ndarray:
    """Means weighted by the window, where all of it fits: (H, W) to (H - 10, W - 10)."""
    down = ndimage.correlate1d(plane, WINDOW, axis=0)[RADIUS:-RADIUS]
    return ndimage.correlate1d(down, WINDOW, axis=1)[:, RADIUS:-RADIUS]
