"""Kernels of a lens out of focus, of a shaken hand and of an editor's sharpening; pictures convolved with them.

All kernels are even, k(-y, -x) = k(y, x), sum to one, and are held in SIDE x SIDE, zero outside of their own size.
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
    # Past the radius of 0 by a safe detour: what tf.where drops must be a number, too.
    beside = cutoff / (2 * math.pi * np.maximum(radius, 1)) * tf.math.special.bessel_j1(cutoff * radius)
    return _cut(tf.where(radius == 0, middle, beside), side)


def convolve(images: tf.Tensor, kernels: tf.Tensor) -> tf.Tensor:
    """Each picture with a kernel of its own, borders mirrored. By way of frequencies: a fifth of the direct sum's time.

    Args:
        images: float32 (N, H, W, 3), no side below RADIUS + 1.
        kernels: (N, SIDE, SIDE), even.

    Returns:
        float32 (N, H, W, 3).
    """
    height, width = tf.unstack(tf.shape(images)[1:3])
    around = [RADIUS, RADIUS]
    padded = tf.pad(tf.transpose(images, [0, 3, 1, 2]), [[0, 0], [0, 0], around, around], "REFLECT")
    lengths = [(side + 2 * RADIUS + _LENGTHS - 1) // _LENGTHS * _LENGTHS for side in (height, width)]
    spectra = tf.signal.rfft2d(padded, lengths)  # (N, 3, L, L' / 2 + 1)
    spectra *= tf.cast(_response(kernels, lengths)[:, tf.newaxis], tf.complex64)
    blurred = tf.signal.irfft2d(spectra, lengths)[:, :, RADIUS : RADIUS + height, RADIUS : RADIUS + width]
    return tf.transpose(blurred, [0, 2, 3, 1])


def _response(kernels: tf.Tensor, lengths: list[tf.Tensor]) -> tf.Tensor:
    """The Fourier transform of even kernels, which is real: (N, SIDE, SIDE) -> (N, L, L' / 2 + 1)."""
    rows, columns = (
        2 * math.pi / tf.cast(length, tf.float32) * tf.cast(tf.range(count), tf.float32)[:, tf.newaxis] * _OFFSET
        for length, count in zip(lengths, (lengths[0], lengths[1] // 2 + 1), strict=True)
    )
    # cos(a + b) = cos a cos b - sin a sin b
    terms = (function(rows) @ kernels @ tf.transpose(function(columns)) for function in (tf.cos, tf.sin))
    return next(terms) - next(terms)


def _cut(kernels: tf.Tensor, side: tf.Tensor) -> tf.Tensor:
    """Kernels of their own size, with the sum 1."""
    inside = np.maximum(np.abs(_OFFSET)[:, np.newaxis], np.abs(_OFFSET)) <= tf.cast(side // 2, tf.float32)[
        :, tf.newaxis, tf.newaxis
    ]
    kernels = tf.where(inside, kernels, 0.0)
    return kernels / tf.reduce_sum(kernels, axis=(1, 2), keepdims=True)
