"""Images moved at random before a network looks at them, so that none of their pixels always meets the same phase."""

from __future__ import annotations

from collections.abc import Callable

import keras
import tensorflow as tf


def random_roll(limit: int, seed: int, iterations: keras.Variable) -> Callable[[tf.Tensor], tf.Tensor]:
    """What the images of an adversary or of a VGG network are moved by: down and right, round the border.

    Their strides or poolings and the generator's sub-pixel convolutions all repeat every few pixels. Kept in step they
    print a grid: the gradient has the other network's period and always meets the same sub-pixels. Moved at random, by
    the same for HR and SR, every sub-pixel meets every phase, and a grid is one more thing that gives SR away.

    Args:
        limit: images are moved by less than so many pixels; 0 leaves them in place; 16, the product of the adversary's
            strides and of VGG's poolings before its fifth block, covers all phases.
        seed: another seed, other moves.
        iterations: of an optimizer; the draw is a function of it, so that a resumed run draws the same.
    """
    if not limit:
        return lambda images: images
    draw = tf.stack([tf.cast(iterations.value, tf.int32), seed])
    shift = tf.random.stateless_uniform([2], draw, 0, limit, tf.int32)
    return lambda images: tf.roll(images, shift, axis=[1, 2])  # (B, H, W, 3)
