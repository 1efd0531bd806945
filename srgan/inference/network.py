"""A trained generator as a function of pictures, and what can be known of it before it runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from srgan.data.images import from_signed, to_unit
from srgan.inference.folding import Folded
from srgan.inference.tiles import Window, enlarge, plan
from srgan.models.layers import BicubicUpsampling, DepthToSpace
from srgan.models.normalisation import VirtualBatchNormalization

Network = Callable[[np.ndarray], np.ndarray]  # (h, w, 3) in [0, 1] -> (H, W, 3) around [-1, 1], float32
BFLOAT16_FLAGS = frozenset(("amx_bf16", "avx512_bf16"))  # Linux' names for what x86 processors have
PIECE = 128  # LR pixels of a side that are enlarged at once


def halves(generator: keras.Model) -> tuple[keras.Model, keras.Model]:
    """Cut a generator in two where the picture is still small.

    Returns:
        The residual blocks, LR (B, h, w, 3) -> features (B, h, w, F); and the enlargement, [features, LR] -> SR.
    """
    features = generator.get_layer("trunk").output
    return keras.Model(generator.input, features), keras.Model([features, generator.input], generator.output)


def as_function(generator: keras.Model) -> Network:
    """A generator on one picture, of any height and width: free sizes, so one trace serves all of them.

    Feature maps after the sub-pixel convolutions are scale^2 times as large as before, and depend on a few pixels
    round them only. So they are made piece by piece, in buffers that stay small.
    """
    blocks, enlargement = halves(generator)
    scale, radius = enlargement_factor(generator), receptive_radius(enlargement)
    lr_spec = tf.TensorSpec((1, None, None, 3), tf.float32)
    features_spec = tf.TensorSpec((1, None, None, blocks.output.shape[-1]), blocks.output.dtype)
    to_features = tf.function(Folded(blocks), input_signature=[lr_spec])
    to_sr = tf.function(
        lambda features, lr: enlargement([features, lr], training=False), input_signature=[features_spec, lr_spec]
    )

    def network(picture: np.ndarray) -> np.ndarray:
        height, width, channels = picture.shape
        lr = tf.constant(picture[None])
        features = to_features(lr)  # (1, h, w, F)
        sr = np.empty((scale * height, scale * width, channels), np.float32)

        def enlarged(seen: Window) -> np.ndarray:
            rows, columns = seen.slices
            return to_sr(features[:, rows, columns], lr[:, rows, columns])[0].numpy()

        for place, pixels in enlarge(enlarged, plan(height, width, PIECE, radius), scale):
            sr[place.slices] = pixels
        return sr

    return network


def upscaler(generator: keras.Model) -> Callable[[np.ndarray], np.ndarray]:
    """Turn a generator into a function of pictures: LR uint8 (h, w, 3) -> SR uint8 (H, W, 3), for any h and w.

    Args:
        generator: LR (B, h, w, 3) in [0, 1] -> SR (B, H, W, 3) around [-1, 1].
    """
    network = as_function(generator)
    return lambda lr: from_signed(network(to_unit(lr)))


def receptive_radius(generator: keras.Model) -> int | None:
    """How many LR pixels away an input can be and still change an output pixel, at most.

    Each convolution adds half its kernel, in pixels of the resolution it works at.

    Returns:
        The radius, or None where a normalisation looks at the whole picture.
    """
    radius, enlargement = 0.0, 1
    for layer in generator.layers:  # in the order of computation: one path, and shorter ones beside it
        if isinstance(layer, layers.GroupNormalization | VirtualBatchNormalization):
            return None
        if isinstance(layer, layers.Conv2D):
            radius += (max(layer.kernel_size) // 2) / enlargement
        elif isinstance(layer, DepthToSpace):
            enlargement *= layer.factor
    reach = 2 if any(isinstance(layer, BicubicUpsampling) for layer in generator.layers) else 0
    return max(int(np.ceil(radius)), reach)


def enlargement_factor(network: keras.Model) -> int:
    """Output pixels a side for one input pixel."""
    return int(np.prod([layer.factor for layer in network.layers if isinstance(layer, DepthToSpace)]))


def bytes_per_pixel(generator: keras.Model) -> int:
    """Memory that as_function's network needs beside a few hundred MB, in bytes for each LR pixel.

    Five feature maps of a residual block are alive at once, and the float32 result. Measured on a CPU, 16 blocks of 64
    filters: 1,520 in float32, 880 in bfloat16.
    """
    features = generator.get_layer("trunk").output
    size = tf.as_dtype(features.dtype).size
    return int(5.2 * features.shape[-1] * size + 4 * 3 * enlargement_factor(generator) ** 2)


def has_bfloat16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether the GPU, or else the processor, computes in bfloat16 itself: elsewhere it is slower than float32."""
    if gpus := tf.config.list_physical_devices("GPU"):
        capability = tf.config.experimental.get_device_details(gpus[0]).get("compute_capability", (0, 0))
        return capability >= (8, 0)  # from Ampere on
    try:
        return not BFLOAT16_FLAGS.isdisjoint(cpuinfo.read_text(encoding="utf-8").split())
    except OSError:  # not Linux
        return False
