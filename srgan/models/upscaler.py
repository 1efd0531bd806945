"""A Keras generator as a function of pictures, for validation and evaluation."""

from __future__ import annotations

import math
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from srgan.data.images import from_signed, to_unit
from srgan.models.architecture import enlargement_radius
from srgan.models.folding import Folded
from srgan.models.layers import BicubicUpsampling, DepthToSpace
from srgan.models.tiles import Window, assemble

Network = Callable[[np.ndarray], np.ndarray]  # (h, w, 3) in [0, 1] -> (H, W, 3) around [-1, 1], float32
PIECE_SIDE = 128  # LR pixels of a side that are enlarged at once


def halves(generator: keras.Model) -> tuple[keras.Model, keras.Model]:
    """Cut a generator in two before the picture becomes large.

    Returns:
        The residual blocks, LR (B, h, w, 3) -> features (B, h, w, F); and the enlargement, [features, LR] -> SR.
    """
    features = generator.get_layer("trunk").output
    return keras.Model(generator.input, features), keras.Model([features, generator.input], generator.output)


def as_function(generator: keras.Model) -> Network:
    """Make a function that runs a generator on one picture of any height and width, with one trace for all sizes.

    Feature maps after the sub-pixel convolutions are scale^2 times as large as before, and depend only on a few
    pixels around them. So they are made piece by piece, in buffers that stay small.
    """
    blocks, enlargement = halves(generator)
    factors = [layer.factor for layer in generator.layers if isinstance(layer, DepthToSpace)]
    bicubic = any(isinstance(layer, BicubicUpsampling) for layer in generator.layers)
    scale, radius = math.prod(factors), enlargement_radius(factors, bicubic=bicubic)
    lr_spec = tf.TensorSpec((1, None, None, 3), tf.float32)
    features_spec = tf.TensorSpec((1, None, None, blocks.output.shape[-1]), blocks.output.dtype)
    to_features = tf.function(Folded(blocks), input_signature=[lr_spec])
    to_sr = tf.function(
        lambda features, lr: enlargement([features, lr], training=False), input_signature=[features_spec, lr_spec]
    )

    def network(picture: np.ndarray) -> np.ndarray:
        lr = tf.constant(picture[None])
        features = to_features(lr)  # (1, h, w, F)

        def enlarged(seen: Window) -> np.ndarray:
            rows, columns = seen.slices
            return to_sr(features[:, rows, columns], lr[:, rows, columns])[0].numpy()

        return assemble(enlarged, picture.shape[:2], PIECE_SIDE, radius, scale)

    return network


def upscaler(generator: keras.Model) -> Callable[[np.ndarray], np.ndarray]:
    """Turn a generator into a function of pictures: LR uint8 (h, w, 3) -> SR uint8 (H, W, 3), for any h and w.

    Args:
        generator: LR (B, h, w, 3) in [0, 1] -> SR (B, H, W, 3) around [-1, 1].
    """
    network = as_function(generator)
    return lambda lr: from_signed(network(to_unit(lr)))
