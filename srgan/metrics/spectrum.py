"""How much power a picture has at each spatial frequency, against the photograph."""

from __future__ import annotations

import numpy as np

from srgan.metrics.distortion import STUDIO

RINGS = 64  # of the spectrum, from zero to Nyquist
ROUNDING_NOISE = (STUDIO**2).sum() / 12  # the power that rounding R, G and B to whole levels leaves in the luma


def spectral_distance(a: np.ndarray, b: np.ndarray) -> float:
    """How different two planes are in the power they have at each spatial frequency, wherever in the picture it is.

    The mean over rings of the absolute difference of the natural logarithms of the azimuthally averaged power
    spectra (after Durall et al. 2020, arXiv 2003.01826). The mean is subtracted before the Hann window and the ring
    around zero is left out, so a constant shift changes nothing.

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


def _log_spectrum(plane: np.ndarray) -> np.ndarray:
    """Natural logarithm of the mean power in each ring of radial frequency, in cycles per pixel.

    Frequencies run to 0.5 in all directions; rings without a frequency, in a small picture, are left out. Power is per
    pixel (levels^2), so it does not grow with the picture. Power below the noise of 8-bit rounding, or none as in a
    constant plane, counts as that noise, because it does not belong to the picture.
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
