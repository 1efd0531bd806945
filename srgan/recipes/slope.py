"""How steep an adversary is at an image, which the penalties on its gradient need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

# Of the outputs while their gradient is taken, which is so small at each pixel that float16 has no number for it.
SCALE = 256.0


def outputs_and_squares(adversary: Callable[[tf.Tensor], Any], images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """An adversary's outputs, and how steep they are: the squared length of their gradient at each image.

    Args:
        adversary: images -> outputs (B, 1), or maps (B, H', W', C) of outputs, of which the mean is taken.
        images: (B, H, W, 3).

    Returns:
        The outputs, and (B,).
    """
    with tf.GradientTape() as tape:
        tape.watch(images)
        outputs = adversary(images)
        means = tf.reduce_mean(outputs, axis=range(1, outputs.shape.rank)) * SCALE  # (B,)
    gradient = tape.gradient(means, images) / SCALE  # (B, H, W, 3)
    return outputs, tf.reduce_sum(tf.square(gradient), axis=[1, 2, 3])
