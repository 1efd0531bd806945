"""Random shifts of images before a network sees them, so that no pixel always meets the same phase of its strides."""

from __future__ import annotations

from collections.abc import Callable

import keras
import tensorflow as tf


def random_roll(limit: int, seed: int, iterations: keras.Variable) -> Callable[[tf.Tensor], tf.Tensor]:
    """Make a function that shifts images down and right at random, with wrap-around, for an adversary or for VGG.

    The strides or poolings of these networks and the generator's sub-pixel convolutions all repeat every few pixels. In
    a fixed phase they print a grid, because the gradient has the other network's period and always meets the same
    sub-pixels. With random shifts, the same for HR and SR, every sub-pixel meets every phase, and an adversary can tell
    SR by its grid.

    Args:
        limit: images are shifted by fewer pixels than this; 0 leaves them in place; 16, the product of the adversary's
            strides and of VGG's poolings before its fifth block, covers all phases.
        seed: of the shifts.
        iterations: the counter of an optimizer; the shift is a function of it, so a resumed run draws the same.
    """
    if not limit:
        return lambda images: images
    draw = tf.stack([tf.cast(iterations.value, tf.int32), seed])
    shift = tf.random.stateless_uniform([2], draw, 0, limit, tf.int32)
    return lambda images: tf.roll(images, shift, axis=[1, 2])  # (B, H, W, 3)
