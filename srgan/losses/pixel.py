"""Losses of pixels, each a scalar in float32 that is averaged over the batch."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from srgan.data.resize import shrink_weights

ContentLoss = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]  # (hr, sr) -> scalar
GRID_WINDOW = 8  # LR pixels of a side: wide enough to average out detail, narrow enough for small smooth places


def mse(hr: tf.Tensor, sr: tf.Tensor) -> tf.Tensor:
    """Pixel-wise mean squared error (Ledig et al. 1609.04802, eq. 4) of images (B, H, W, 3) in [-1, 1]."""
    return tf.reduce_mean(tf.square(hr - sr))


def l1(hr: tf.Tensor, sr: tf.Tensor) -> tf.Tensor:
    """Pixel-wise mean absolute error of images (B, H, W, 3) in [-1, 1]; errors at edges weigh less than in the MSE."""
    return tf.reduce_mean(tf.abs(hr - sr))


def total_variation(sr: tf.Tensor) -> tf.Tensor:
    """Mean absolute difference of neighbouring pixels, down and across, of images (B, H, W, 3)."""
    down = tf.abs(sr[:, 1:] - sr[:, :-1])
    across = tf.abs(sr[:, :, 1:] - sr[:, :, :-1])
    return tf.reduce_mean(down) + tf.reduce_mean(across)


def grid_loss(hr: tf.Tensor, sr: tf.Tensor, scale: int) -> tf.Tensor:
    """How strong a grid with the period of an LR pixel is in SR that is not in HR.

    Where LR is smooth, a generator sees the same input everywhere, so all detail that it can add there is a pattern
    that repeats with every LR pixel: a mesh. An adversary asks for detail, and this is how a generator that is a
    function of LR alone can give it. In a mesh the mean error differs between the r^2 sub-pixels; in irregular detail
    it does not. So the error SR - HR is averaged, for each sub-pixel and colour, over windows of GRID_WINDOW LR pixels.
    The mean over the sub-pixels of a window is subtracted, because it is a difference of brightness. The loss is the
    mean absolute value of the rest; a mean square would depend on errors at edges and hardly on a faint mesh.

    Args:
        hr: photographs (B, H, W, 3) in [-1, 1].
        sr: generated images, of the same shape and range.
        scale: r; H and W are multiples of it.
    """
    error = tf.nn.space_to_depth(sr - hr, scale)  # (B, h, w, r^2 3), sub-pixel slowest
    _, height, width, channels = error.shape
    window = [min(GRID_WINDOW, height), min(GRID_WINDOW, width)]
    error = tf.nn.avg_pool2d(error, window, 1, "VALID")  # (B, h', w', r^2 3)
    error = tf.reshape(error, [-1, scale**2, channels // scale**2])  # (B h' w', r^2, 3)
    return tf.reduce_mean(tf.abs(error - tf.reduce_mean(error, axis=1, keepdims=True)))


def consistency_loss(hr: tf.Tensor, sr: tf.Tensor, scale: int) -> tf.Tensor:
    """How far SR, shrunk, is from HR, shrunk: the downscaling loss of Menon et al. 2003.03808, equation 1.

    HR, shrunk, is the LR that SR was made of, unless that was degraded: then it is LR without noise and blocks. Detail
    need not change any colour of it, so an error that is left after shrinking is a mistake. The loss is the mean
    absolute error of the pixels of LR for which the kernel of `data.resize.shrink` lies inside SR: all but two at each
    border.

    Args:
        hr: photographs (B, H, W, 3) in [-1, 1].
        sr: generated images, of the same shape and range.
        scale: r; H and W are multiples of it, and at least 5 r.
    """
    down, across = (_shrink_matrix(size, scale) for size in (hr.shape[1], hr.shape[2]))
    error = tf.einsum("hH,bHWc,wW->bhwc", down, sr - hr, across)  # (B, H / r - 4, W / r - 4, 3): shrinking is linear
    return tf.reduce_mean(tf.abs(error))


def halo_loss(hr: tf.Tensor, sr: tf.Tensor, scale: int) -> tf.Tensor:
    """How far SR leaves the range of HR's neighbourhood: ringing, halos and second contours along edges.

    The loss of what `metrics.artefacts.halo` measures. Each value of SR is compared with the least and the greatest
    value that HR has, in the same colour, within one LR pixel, so an edge that is blurred or misplaced by less than
    that costs nothing. Liang et al. 2203.09195 also penalise artefacts alone, and estimate where they are.

    Args:
        hr: photographs (B, H, W, 3) in [-1, 1].
        sr: generated images, likewise.
        scale: HR pixels per LR pixel, along each side.
    """
    window = 2 * scale + 1
    above = tf.nn.relu(sr - tf.nn.max_pool2d(hr, window, 1, "SAME"))
    below = tf.nn.relu(-tf.nn.max_pool2d(-hr, window, 1, "SAME") - sr)
    return tf.reduce_mean(above + below)


def _shrink_matrix(size: int, scale: int) -> np.ndarray:
    """(size / r - 4, size): a column of pixels -> its LR pixels, from the third to the last but two."""
    weights = shrink_weights(scale)
    matrix = np.zeros((size // scale - 4, size), "float32")
    for row in range(len(matrix)):
        matrix[row, row * scale :][: len(weights)] = weights
    return matrix
