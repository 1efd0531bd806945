"""The VGG19 features of the perceptual content loss (Ledig et al. 1609.04802, section 2.2.1)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
from keras import layers, ops

from srgan.errors import UserError

CONVOLUTIONS = (2, 2, 4, 4, 4)  # in each of VGG19's five blocks
FILTERS = (64, 128, 256, 512, 512)
BGR_MEAN = (103.939, 116.779, 123.68)  # of ImageNet, what VGG19 was trained without
FEATURE_SCALE = 1 / 12.75  # "to obtain VGG losses of a scale that is comparable to the MSE loss"


def parse_layer(content: str) -> tuple[int, int]:
    """Block i and convolution j of a content loss named `vgg<i><j>`, as in the paper's VGG22 and VGG54."""
    match = re.fullmatch(r"vgg([1-5])([1-4])", content)
    if not match or int(match[2]) > CONVOLUTIONS[int(match[1]) - 1]:
        raise ValueError(f"{content!r} names no convolution of VGG19")
    return int(match[1]), int(match[2])


@keras.saving.register_keras_serializable("srgan")
class VGGInput(layers.Layer):
    """What VGG19 was trained on: image (B, H, W, 3) RGB in [-1, 1] -> BGR in 0..255 minus the mean."""

    def call(self, x: Any) -> Any:
        x = (x + 1.0) * 127.5
        return ops.flip(x, axis=-1) - ops.convert_to_tensor(BGR_MEAN, dtype=x.dtype)


def build_vgg(weights: Path, content: str, dtype: str = "float32") -> keras.Model:
    """Build VGG19 up to one convolution, frozen: image (B, H, W, 3) in [-1, 1] -> features (B, H', W', C) / 12.75.

    The features are taken after the activation, as in the paper. Nothing deeper than the wanted layer is built.

    Args:
        weights: HDF5 file in the layout of Keras' own VGG19 weights; it may end at any layer.
        content: the layer, `vgg22` for block2_conv2, `vgg54` for block5_conv4.
        dtype: precision policy of the convolutions; the features are float32.

    Raises:
        UserError: the file cannot be read, or lacks a layer that is needed.
    """
    block, convolution = parse_layer(content)
    names = [
        f"block{i}_conv{j}"
        for i in range(1, block + 1)
        for j in range(1, CONVOLUTIONS[i - 1] + 1)
        if (i, j) <= (block, convolution)
    ]
    kernels = _read(weights, names, content)
    image = keras.Input((None, None, 3), name="image")
    x = VGGInput(name="vgg_input", dtype="float32")(image)
    for name in names:
        i, j = int(name[5]), int(name[11])
        if i > 1 and j == 1:
            x = layers.MaxPooling2D(name=f"block{i - 1}_pool", dtype=dtype)(x)
        x = layers.Conv2D(FILTERS[i - 1], 3, padding="same", activation="relu", name=name, dtype=dtype)(x)
    features = layers.Rescaling(FEATURE_SCALE, name="features", dtype="float32")(x)
    network = keras.Model(image, features, name=content)
    for name, values in kernels.items():
        network.get_layer(name).set_weights(values)
    network.trainable = False
    return network


def _read(path: Path, names: list[str], content: str) -> dict[str, list[np.ndarray]]:
    """Kernel and bias of each named convolution, or a UserError: never a half-random network."""
    try:
        with h5py.File(path, "r") as file:
            root = file.get("model_weights", file)
            missing = [name for name in names if name not in root]
            if missing:
                raise UserError(
                    f"{path}: content loss {content} needs {names[-1]}, but the file has no {missing[0]}; "
                    "choose a shallower layer, or weights that go as deep (data.vgg19: imagenet)"
                )
            found = {}
            for name in names:
                group = root[name]
                found[name] = [np.asarray(group[weight]) for weight in group.attrs["weight_names"]]
    except (OSError, KeyError) as error:
        raise UserError(
            f"{path}: cannot be read as VGG19 weights ({error}); `dvc repro -f download` makes the file again"
        ) from None
    for index, name in enumerate(names):
        inputs = 3 if index == 0 else found[names[index - 1]][0].shape[-1]
        expected = [(3, 3, inputs, FILTERS[int(name[5]) - 1]), (FILTERS[int(name[5]) - 1],)]
        shapes = [array.shape for array in found[name]]
        if shapes != expected:
            raise UserError(f"{path}: {name} has shapes {shapes}, VGG19 has {expected}; it is another network's file")
    return found
