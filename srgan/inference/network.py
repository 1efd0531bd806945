"""A trained generator at work on pictures."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from srgan.data.images import from_signed, to_unit


def upscaler(generator: keras.Model) -> Callable[[np.ndarray], np.ndarray]:
    """Turn a generator into a function of pictures: LR uint8 (h, w, 3) -> SR uint8 (H, W, 3), for any h and w.

    Args:
        generator: LR (B, h, w, 3) in [0, 1] -> SR (B, H, W, 3) around [-1, 1].
    """
    # Free height and width: one trace serves every size.
    spec = tf.TensorSpec((1, None, None, 3), tf.float32)
    network = tf.function(lambda lr: generator(lr, training=False), input_signature=[spec])

    def upscale(lr: np.ndarray) -> np.ndarray:
        return from_signed(network(to_unit(lr)[None])[0].numpy())

    return upscale
