"""A loss of frequencies: how much there is of each, wherever its detail lies."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

WINDOW = 32  # pixels of a side: narrow enough for one texture, wide enough to tell a lattice from irregular detail
FAINT = 2.0  # levels of 255 of a noise; the power of weaker ones counts as next to nothing


def spectrum_loss(hr: tf.Tensor, sr: tf.Tensor) -> tf.Tensor:
    """How different the power of SR's and HR's frequencies is, window by window.

    Where LR does not say which pixel of a texture is bright, losses of pixels are least for no texture at all, and
    losses of features, such as VGG's, for a regular lattice of dots. A lattice has its power in a few frequencies, and
    the textures of photographs in many. So the logarithms of both powers are compared at each frequency, and their
    phases are free (Fuoli et al. 2106.00783 compare amplitudes of whole crops, Durall et al. 2003.01826 logarithms of
    power around rings).

    Args:
        hr: photographs (B, H, W, 3) in [-1, 1].
        sr: generated images, of the same shape and range.

    Returns:
        The mean absolute difference of the natural logarithms, over windows that overlap by half, colours and
        frequencies; a scalar in float32.
    """
    return tf.reduce_mean(tf.abs(_log_power(sr) - _log_power(hr)))


def _log_power(images: tf.Tensor) -> tf.Tensor:
    """Natural logarithms of the power of each window's frequencies, in levels^2 of the noise that has as much."""
    side = min(WINDOW, images.shape[1], images.shape[2])
    rows = tf.signal.frame(127.5 * images, side, side // 2, axis=1)  # (B, n, S, W, 3)
    windows = tf.signal.frame(rows, side, side // 2, axis=3)  # (B, n, S, m, S, 3)
    windows = tf.transpose(windows, [0, 1, 3, 5, 2, 4])  # (B, n, m, 3, S, S)
    hann = np.hanning(side + 2)[1:-1]
    weights = np.outer(hann, hann).astype(np.float32)
    windows -= tf.reduce_sum(windows * weights, axis=(-2, -1), keepdims=True) / weights.sum()  # brightness is no detail
    spectrum = tf.signal.rfft2d(windows * weights)  # (B, n, m, 3, S, S / 2 + 1)
    power = tf.square(tf.math.real(spectrum)) + tf.square(tf.math.imag(spectrum))
    return tf.math.log(power / np.sum(weights**2) + FAINT**2)
