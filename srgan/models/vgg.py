"""VGG's features, for the VGG content loss (Ledig et al. 1609.04802, section 2.2.1) and the perceptual distance."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from srgan.errors import UserError
from srgan.models.vgg_layers import SETTING, kernel_shapes

BGR_MEAN = (103.939, 116.779, 123.68)  # of ImageNet, which is subtracted from VGG's inputs


@keras.saving.register_keras_serializable("srgan")
class VGGInput(layers.Layer):
    """Converts images to VGG's inputs: (B, H, W, 3) RGB in [-1, 1] -> BGR in 0..255 minus the mean."""

    def call(self, x: Any) -> Any:
        x = (x + 1.0) * 127.5
        return ops.flip(x, axis=-1) - ops.convert_to_tensor(BGR_MEAN, dtype=x.dtype)


@keras.saving.register_keras_serializable("srgan")
class MaxPool(layers.Layer):
    """The largest of every 2 x 2: (B, H, W, C) -> (B, H / 2, W / 2, C), each side rounded down."""

    def call(self, x: Any) -> Any:
        # Slices would take ten times as long on a CPU.
        on_gpu = tf.config.list_physical_devices("GPU")
        return largest_of_slices(x) if on_gpu else tf.nn.max_pool2d(x, 2, 2, "VALID")


def largest_of_slices(x: tf.Tensor) -> tf.Tensor:
    """Equal to `tf.nn.max_pool2d(x, 2, 2, "VALID")`, including its gradient, by operations that XLA has for a GPU.

    On a GPU, XLA has no deterministic gradient of pooling, nor the second gradient that WGAN's penalty needs. Among
    equal values, the first in row order gets the gradient, as in TensorFlow.
    """
    x = tf.maximum(x[:, :, :-1:2], x[:, :, 1::2])
    return tf.maximum(x[:, :-1:2], x[:, 1::2])


def build_vgg(
    weights: Path,
    wanted: Sequence[str],
    network: str = "vgg19",
    before_activation: bool = False,
    dtype: str = "float32",
) -> keras.Model:
    """Build VGG up to the deepest wanted convolution, frozen: image (B, H, W, 3) in [-1, 1] -> {layer: features}.

    Features of block i are (B, H / 2^(i-1), W / 2^(i-1), C), each side rounded down. They are returned by name
    because Keras turns a list of one tensor into the tensor.

    Args:
        weights: HDF5 file in the layout of Keras' own VGG weights; it may end at any layer.
        wanted: Keras' names of convolutions, such as block2_conv2.
        network: vgg19 or vgg16.
        before_activation: return the convolution's output (as in ESRGAN, Wang et al. 1809.00219, section 3.3), not that
            of its ReLU (as in the paper).
        dtype: precision policy of the convolutions but the first; that and the features are float32.

    Raises:
        UserError: the file cannot be read, or lacks a layer that is needed.
        ValueError: the network has no such convolution.
    """
    names = list(kernel_shapes(network))
    if unknown := set(wanted) - set(names):
        raise ValueError(f"{', '.join(sorted(unknown))}: no convolution of {network}")
    names = names[: max(names.index(name) for name in wanted) + 1]
    kernels = _read(weights, names, network)

    image = keras.Input((None, None, 3), name="image")
    x = VGGInput(name="vgg_input", dtype="float32")(image)
    features = {}
    for name in names:
        block, filters = name[len("block")], kernel_shapes(network)[name][3]
        if name.endswith("_conv1") and block != "1":
            x = MaxPool(name=f"block{int(block) - 1}_pool", dtype=dtype)(x)
        # The first sees levels of up to 255, which bfloat16 rounds by half a level: in it the gradient of the features'
        # distance was off by 18 %, and by 9 % with this layer alone in float32.
        precision = "float32" if name == names[0] else dtype
        linear = layers.Conv2D(filters, 3, padding="same", name=name, dtype=precision)(x)
        x = layers.ReLU(name=f"{name}_relu", dtype=dtype)(linear)
        if name in wanted:
            in_full = layers.Activation("linear", name=f"{name}_features", dtype="float32")
            features[name] = in_full(linear if before_activation else x)
    model = keras.Model(image, features, name=network)
    for name, values in kernels.items():
        model.get_layer(name).set_weights(values)
    model.trainable = False
    return model


def unit_length(features: tf.Tensor) -> tf.Tensor:
    """The features (B, H, W, C) of each position divided by their length (Zhang et al. 1801.03924, section 4.1).

    A position that is 0 in all channels stays 0, and its gradient is defined.
    """
    return features * tf.math.rsqrt(tf.reduce_sum(tf.square(features), axis=-1, keepdims=True) + 1e-10)


def _read(path: Path, names: list[str], network: str) -> dict[str, list[np.ndarray]]:
    """Read kernel and bias of each named convolution; if one is missing, raise a UserError."""
    label, setting = network.upper(), SETTING[network]
    try:
        with h5py.File(path, "r") as file:
            missing = [name for name in names if name not in file]
            if missing:
                raise UserError(
                    f"{path}: {names[-1]} of {label} is wanted, but the file has no {missing[0]}; "
                    f"choose a shallower layer, or weights that go as deep ({setting}: imagenet)"
                )
            found = {}
            for name in names:
                group = file[name]
                found[name] = [np.asarray(group[weight]) for weight in group.attrs["weight_names"]]
    except (OSError, KeyError) as error:
        raise UserError(
            f"{path}: cannot be read as {label} weights ({error}); `dvc repro -f download` makes the file again"
        ) from None
    for name in names:
        kernel = kernel_shapes(network)[name]
        expected = [kernel, kernel[3:]]
        shapes = [array.shape for array in found[name]]
        if shapes != expected:
            raise UserError(f"{path}: {name} has shapes {shapes}, {label} has {expected}; it is another network's file")
    return found
