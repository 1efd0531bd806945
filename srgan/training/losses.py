"""The losses, each a scalar in float32 that is averaged over the batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

ContentLoss = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]  # (hr, sr) -> scalar
GRID_WINDOW = 8  # LR pixels of a side: wide enough to average detail away, narrow enough for a grid on a cheek


def mse(hr: tf.Tensor, sr: tf.Tensor) -> tf.Tensor:
    """Pixel-wise mean squared error (Ledig et al. 1609.04802, eq. 4) of images (B, H, W, 3) in [-1, 1]."""
    return tf.reduce_mean(tf.square(hr - sr))


def l1(hr: tf.Tensor, sr: tf.Tensor) -> tf.Tensor:
    """Pixel-wise mean absolute error of images (B, H, W, 3) in [-1, 1], less afraid of edges than the MSE."""
    return tf.reduce_mean(tf.abs(hr - sr))


def total_variation(sr: tf.Tensor) -> tf.Tensor:
    """Mean absolute difference of neighbouring pixels, down and across, of images (B, H, W, 3)."""
    down = tf.abs(sr[:, 1:] - sr[:, :-1])
    across = tf.abs(sr[:, :, 1:] - sr[:, :, :-1])
    return tf.reduce_mean(down) + tf.reduce_mean(across)


def grid_loss(hr: tf.Tensor, sr: tf.Tensor, scale: int) -> tf.Tensor:
    """How much of a grid with the period of an LR pixel is printed over SR and not over HR.

    Where LR is smooth a generator sees the same everywhere, and all the detail it can add there is a pattern that
    repeats with every LR pixel. An adversary asks for detail, and a generator that is a function of LR alone answers
    with a mesh. Of such a mesh the mean error differs from one of the r^2 sub-pixels to another; of irregular detail
    it does not. So the error SR - HR is averaged, for each sub-pixel and colour, over windows of GRID_WINDOW LR pixels;
    what all sub-pixels of a window share is taken off, being a matter of brightness; and of the rest this is the
    mean of absolutes, because squares would mind the errors of edges and hardly a faint mesh.

    Args:
        hr: photographs (B, H, W, 3) in [-1, 1].
        sr: generated images, likewise.
        scale: r; H and W are multiples of it.
    """
    error = tf.nn.space_to_depth(sr - hr, scale)  # (B, h, w, r^2 3), sub-pixel slowest
    _, height, width, channels = error.shape
    window = [min(GRID_WINDOW, height), min(GRID_WINDOW, width)]
    error = tf.nn.avg_pool2d(error, window, 1, "VALID")  # (B, h', w', r^2 3)
    error = tf.reshape(error, [-1, scale**2, channels // scale**2])  # (B h' w', r^2, 3)
    return tf.reduce_mean(tf.abs(error - tf.reduce_mean(error, axis=1, keepdims=True)))


def binary_cross_entropy(logits: tf.Tensor, label: float) -> tf.Tensor:
    """Cross entropy of sigmoid(logits), (B, 1) or (B, H, W, 1), against one label in [0, 1]."""
    labels = tf.fill(tf.shape(logits), tf.cast(label, logits.dtype))
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels, logits))


def discriminator_loss(real: tf.Tensor, fake: tf.Tensor, real_label: float, fake_label: float) -> tf.Tensor:
    """The discriminator's loss with label smoothing (Salimans et al. 1606.03498, section 3.4).

    At the optimum sigmoid(D(x)) = (a p_data + b p_model) / (p_data + p_model), for labels a (real) and b (fake). With
    b > 0 p_model enters the numerator, and where p_data is nearly zero the generator has no reason to move: hence
    one-sided, b = 0.

    Args:
        real: logits (B, 1) of photographs, or (B, H, W, 1) of their pixels.
        fake: logits of generated images, likewise.
        real_label: a.
        fake_label: b.
    """
    return binary_cross_entropy(real, real_label) + binary_cross_entropy(fake, fake_label)


def adversarial_loss(fake: tf.Tensor) -> tf.Tensor:
    """The generator's -log D(G(lr)) (Ledig et al., eq. 6), from logits (B, 1) or (B, H, W, 1)."""
    return binary_cross_entropy(fake, 1.0)


def relative(real: tf.Tensor, fake: tf.Tensor, mean: Callable[[tf.Tensor], tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
    """Logits of "more real than the others are on average" (Jolicoeur-Martineau 1807.00734, eq. 13 and 14).

    In place of the discriminator's own logits these make its loss, and the generator's, relativistic: the generator is
    told to make SR look more real than HR and is given gradients through both.

    Args:
        real: logits (B, ...) of photographs.
        fake: logits (B, ...) of generated images.
        mean: of logits over the whole batch.

    Returns:
        The photographs' logits and the generated images' logits, each less the mean of the others.
    """
    return real - mean(fake), fake - mean(real)


def wasserstein_estimate(real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
    """Mean critic score of photographs minus that of generated images (Arjovsky et al. 1701.07875, eq. 2 and 3).

    The critic ascends it; up to the critic's Lipschitz constant it is the Wasserstein distance of the two.
    """
    return tf.reduce_mean(real) - tf.reduce_mean(fake)


def gradient_penalty(critic: Callable[[tf.Tensor], Any], hr: tf.Tensor, sr: tf.Tensor, at: tf.Tensor) -> tf.Tensor:
    """Mean squared excess of the critic's gradient norm over 1 (Gulrajani et al. 1704.00028, eq. 3).

    Args:
        critic: images (B, H, W, 3) -> scores (B, 1) or (B, H, W, 1).
        hr: photographs.
        sr: generated images.
        at: (B, 1, 1, 1) in [0, 1], where between the two each sample's gradient is taken.
    """
    between = sr + at * (hr - sr)
    with tf.GradientTape() as tape:
        tape.watch(between)
        scores = critic(between)
        scores = tf.reduce_mean(scores, axis=range(1, scores.shape.rank))  # (B,), of a score for each pixel the mean
    gradient = tape.gradient(scores, between)  # (B, H, W, 3)
    norm = tf.sqrt(tf.reduce_sum(tf.square(gradient), axis=[1, 2, 3]) + 1e-12)  # (B,)
    return tf.reduce_mean(tf.square(norm - 1.0))
