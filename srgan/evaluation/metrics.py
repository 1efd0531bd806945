"""How far an enlarged photo is from the original: the figures super-resolution papers report, by definition."""

from __future__ import annotations

import math

import numpy as np
from scipy import ndimage

STUDIO = np.array([65.481, 128.553, 24.966]) / 255  # BT.601, levels to levels

RADIUS = 5  # of SSIM's window, 11 x 11
WINDOW = np.exp(-(np.arange(-RADIUS, RADIUS + 1) ** 2) / (2 * 1.5**2))
WINDOW /= WINDOW.sum()
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2

RINGS = 64  # of the spectrum, from zero to Nyquist
ROUNDING_NOISE = (STUDIO**2).sum() / 12  # the power that rounding R, G and B to whole levels leaves in the luma


def luma(image: np.ndarray) -> np.ndarray:
    """BT.601 luma in studio swing, 16..235, not rounded: MATLAB's rgb2ycbcr in floating point.

    Args:
        image: (H, W, 3) in 0..255; or (H, W), which is its own luma, in full range.

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
        border: pixels left out on each side, before the window needs 5 more.

    Returns:
        The mean over all places where the whole window fits, and over channels.
    """
    a, b = _shaved(a, b, border)
    if min(a.shape[:2]) < len(WINDOW):
        raise ValueError(f"{a.shape[:2]} pixels are fewer than SSIM's window")
    planes = [(a, b)] if a.ndim == 2 else zip(np.moveaxis(a, 2, 0), np.moveaxis(b, 2, 0), strict=True)
    return float(np.mean([_ssim_of_planes(*pair) for pair in planes]))


def spectral_distance(a: np.ndarray, b: np.ndarray) -> float:
    """How different two planes are in the power they have at each spatial frequency, wherever in the picture it is.

    The mean over rings of the absolute difference of the natural logarithms of the azimuthally averaged power
    spectra (after Durall et al. 2020, arXiv 2003.01826). Brightness is subtracted before the Hann window and the ring
    round zero is left out, so a constant shift changes nothing.

    Args:
        a: (H, W) in 0..255.
        b: the same shape.

    Returns:
        The mean natural logarithm of the ratio of powers: 0 for equal spectra, 1 for a factor e (4.34 dB).

    Raises:
        ValueError: fewer than 4 pixels a side, too few for a spectrum, or planes of different sizes.
    """
    if a.shape != b.shape or a.ndim != 2 or min(a.shape) < 4:
        raise ValueError(f"planes of the same size, at least 4 x 4, are compared, not {a.shape} with {b.shape}")
    return float(np.mean(np.abs(_log_spectrum(a) - _log_spectrum(b))))


def json_number(value: float) -> float | str:
    """A number as JSON can hold it: what is not finite becomes a string, "inf", that float() reads back."""
    value = float(value)
    return value if math.isfinite(value) else str(value)


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


def _log_spectrum(plane: np.ndarray) -> np.ndarray:
    """Natural logarithm of the mean power in each ring of radial frequency, in cycles per pixel.

    Frequencies run to 0.5, the circle in all directions; the rings that a small picture has no frequency in are
    missing. Power is per pixel (levels^2), so it does not grow with the picture. What is below the noise of
    8-bit rounding is no part of the picture and counts as that noise; so does the nothing in a constant plane.
    """
    height, width = plane.shape
    window = np.outer(np.hanning(height + 1)[:-1], np.hanning(width + 1)[:-1])  # no leakage across the borders
    power = np.abs(np.fft.fft2((plane - plane.mean()) * window)) ** 2 / np.sum(window**2)
    frequency = np.hypot(np.fft.fftfreq(height)[:, np.newaxis], np.fft.fftfreq(width))
    # The last digit of a frequency on the edge of a ring must not decide which ring it is in.
    ring = np.minimum(frequency * 2 * RINGS + 1e-9, RINGS).astype(np.intp).ravel()
    members = np.bincount(ring, minlength=RINGS + 1)
    powers = np.bincount(ring, power.ravel(), minlength=RINGS + 1)
    seen = np.flatnonzero(members[1:RINGS]) + 1
    return np.log(np.maximum(powers[seen] / members[seen], ROUNDING_NOISE))
