"""Kernels of a lens out of focus, of a shaken hand and of an editor's sharpening; pictures convolved with them.

All kernels sum to one and are held in SIDE x SIDE, zero outside of their own size.
"""

from __future__ import annotations

import math

import numpy as np
import tensorflow as tf

RADIUS = 10  # px; the authors' largest kernel has 21
SIDE = 2 * RADIUS + 1
_OFFSET = np.arange(-RADIUS, RADIUS + 1, dtype=np.float32)
_LENGTHS = 16  # the transform's lengths are multiples of it, which have small prime factors


def bell(
    side: tf.Tensor,
    sigma: tuple[tf.Tensor, tf.Tensor],
    angle: tf.Tensor,
    exponent: tf.Tensor,
    plateau: tf.Tensor,
) -> tf.Tensor:
    """Gaussian kernels and their relatives (Wang et al. 2021, equations 2 to 5, and Liu et al. 2020, 3.1).

    With the quadratic form q of a pixel's offset and the inverse covariance, k is exp(-q^b / 2): Gaussian for an
    exponent b of 1, generalised for another; or 1 / (1 + q^b), with a plateau in the middle.

    Args:
        side: int32 (N,) pixels of each kernel's side, odd, up to SIDE.
        sigma: standard deviations along each kernel's two axes, (N,) and (N,), in pixels.
        angle: (N,) of the first axis, in radians.
        exponent: (N,) b.
        plateau: bool (N,) whether the second formula is meant.

    Returns:
        (N, SIDE, SIDE).
    """
    numbers = (tf.cos(angle), tf.sin(angle), *sigma, exponent, plateau)
    cos, sin, along, across, exponent, plateau = (number[:, tf.newaxis, tf.newaxis] for number in numbers)
    y, x = _OFFSET[:, np.newaxis], _OFFSET
    power = (((cos * x + sin * y) / along) ** 2 + ((cos * y - sin * x) / across) ** 2) ** exponent
    kernels = tf.where(plateau, 1 / (1 + power), tf.exp(-power / 2))
    return _cut(kernels, side)


def sinc(side: tf.Tensor, cutoff: tf.Tensor) -> tf.Tensor:
    """Ideal low-pass filters, which ring as sharpened and compressed pictures do (Wang et al. 2021, equation 6).

    Args:
        side: int32 (N,) pixels of each kernel's side, odd, up to SIDE.
        cutoff: (N,) frequency, in radians a pixel, up to pi.

    Returns:
        (N, SIDE, SIDE).
    """
    radius = np.hypot(_OFFSET[:, np.newaxis], _OFFSET)
    cutoff = cutoff[:, tf.newaxis, tf.newaxis]
    middle = cutoff**2 / (4 * math.pi)
    # At radius 0 a dummy is computed: the branch that tf.where drops must be a number, too.
    beside = cutoff / (2 * math.pi * np.maximum(radius, 1)) * tf.math.special.bessel_j1(cutoff * radius)
    return _cut(tf.where(radius == 0, middle, beside), side)


def convolve(image: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """A picture blurred by a kernel, borders mirrored. Computed by FFT, in a quarter of the direct sum's time.

    Args:
        image: float32 (H, W, 3).
        kernel: (SIDE, SIDE).

    Returns:
        float32 (H, W, 3).
    """
    height, width = tf.unstack(tf.shape(image)[:2])
    lengths = [(side + 2 * RADIUS + _LENGTHS - 1) // _LENGTHS * _LENGTHS for side in (height, width)]
    # Two gathers take half of the time of tf.pad, and make of a picture of any size one of the transform's length.
    for axis, (side, length) in enumerate(zip((height, width), lengths, strict=True)):
        image = tf.gather(image, _mirrored(side, length), axis=axis)
    spectra = tf.signal.rfft2d(tf.transpose(image, [2, 0, 1])) * tf.signal.rfft2d(kernel, lengths)
    blurred = tf.signal.irfft2d(spectra, lengths)
    # Both the kernel and the border begin RADIUS before their middle.
    inside = blurred[:, 2 * RADIUS : 2 * RADIUS + height, 2 * RADIUS : 2 * RADIUS + width]
    return tf.transpose(inside, [1, 2, 0])


def _mirrored(side: tf.Tensor, length: tf.Tensor) -> tf.Tensor:
    """Which pixels of a side to take, from RADIUS before the first on: 2 1 0 1 2 ... 2 1 0 for ever."""
    period = tf.maximum(2 * side - 2, 1)
    place = tf.math.floormod(tf.range(length) - RADIUS, period)
    return tf.minimum(place, period - place)


def _cut(kernels: tf.Tensor, side: tf.Tensor) -> tf.Tensor:
    """Kernels, zero outside their own side, scaled to the sum 1."""
    inside = (
        np.maximum(np.abs(_OFFSET)[:, np.newaxis], np.abs(_OFFSET))
        <= tf.cast(side // 2, tf.float32)[:, tf.newaxis, tf.newaxis]
    )
    kernels = tf.where(inside, kernels, 0.0)
    return kernels / tf.reduce_sum(kernels, axis=(1, 2), keepdims=True)
