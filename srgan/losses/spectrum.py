"""A loss on the power spectrum: how much detail there is and how irregular it is, wherever it lies."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

WINDOW = 32  # pixels of a side: narrow enough for one texture, wide enough to tell a lattice from irregular detail
NEIGHBOURS = 7  # frequencies of a side that are averaged
FAINT = 2.0  # standard deviation, in levels of 255, of a noise below whose power differences hardly count


def spectrum_loss(hr: tf.Tensor, sr: tf.Tensor) -> tf.Tensor:
    """How different the power of SR's and HR's frequencies is, window by window.

    Where LR does not say which pixel of a texture is bright, losses of pixels are least for no texture at all, and
    losses of features, such as VGG's, for a regular lattice of dots. A lattice has its power in a few frequencies, and
    the textures of photographs in many. So two averages of power over neighbouring frequencies are compared, the
    arithmetic and the geometric one, in logarithms. The first says how much detail there is; their quotient, the
    spectral flatness, says how irregular it is. Phases are free. (Fuoli et al. 2106.00783 compare the amplitude of each
    frequency of a crop, and Durall et al. 2003.01826 logarithms of power around rings. An irregular texture has a power
    that varies at random from one frequency to the next. Compared frequency by frequency, the best match to it would be
    a power that does not vary; the two averages ask for the variation, too.)

    Args:
        hr: photographs (B, H, W, 3) in [-1, 1].
        sr: generated images, of the same shape and range.

    Returns:
        The mean absolute difference of the natural logarithms, over the two averages, windows that overlap by half,
        and frequencies; a scalar in float32.
    """
    difference = _levels_of_power(sr) - _levels_of_power(hr)
    return tf.reduce_mean(tf.abs(difference))


def _levels_of_power(images: tf.Tensor) -> tf.Tensor:
    """Logarithms of the geometric and the arithmetic mean of power over neighbouring frequencies: (2, N, F, F', 1)."""
    power = _power(images)
    geometric = _averaged(tf.math.log(power + FAINT**2))
    return tf.stack([geometric, tf.math.log(_averaged(power) + FAINT**2)])


def _averaged(spectra: tf.Tensor) -> tf.Tensor:
    """(N, S, S / 2 + 1, 1) -> means of NEIGHBOURS x NEIGHBOURS frequencies."""
    return tf.nn.avg_pool2d(spectra, NEIGHBOURS, strides=1, padding="VALID")


def _power(images: tf.Tensor) -> tf.Tensor:
    """The power of each window's frequencies, in levels^2: the variance of white noise of the same power.

    Returns:
        (N, S, S / 2 + 1, 1); rows go from the lowest to the highest frequency, columns from none to the highest.
    """
    side = min(WINDOW, images.shape[1], images.shape[2])
    luma = 127.5 * tf.image.rgb_to_grayscale(images)[..., 0]  # (B, H, W)
    rows = tf.signal.frame(luma, side, side // 2, axis=1)  # (B, n, S, W)
    windows = tf.signal.frame(rows, side, side // 2, axis=3)  # (B, n, S, m, S)
    windows = tf.transpose(windows, [0, 1, 3, 2, 4])  # (B, n, m, S, S)
    hann = np.hanning(side + 2)[1:-1]
    weights = np.outer(hann, hann).astype(np.float32)
    windows -= tf.reduce_sum(windows * weights, axis=(-2, -1), keepdims=True) / weights.sum()  # brightness is no detail
    spectrum = tf.signal.rfft2d(windows * weights)
    power = tf.square(tf.math.real(spectrum)) + tf.square(tf.math.imag(spectrum))
    power = tf.signal.fftshift(power, axes=[-2]) / np.sum(weights**2)
    return tf.reshape(power, [-1, side, side // 2 + 1, 1])
