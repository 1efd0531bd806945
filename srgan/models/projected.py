"""A discriminator that sees an image by VGG16's features (after Sauer et al. 2111.01007, "Projected GANs")."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import keras
from keras import layers

from srgan.models.activations import leaky_relu
from srgan.models.spectral import SpectralConv2D
from srgan.models.vgg import build_vgg

# Layer of VGG16 -> how large its features are on photographs, as a root mean square of levels, and by how many
# halvings their maps are brought to an eighth of the image's size.
VGG16_LAYERS = {"block1_conv2": (64.0, 3), "block2_conv2": (27.0, 2), "block3_conv3": (12.0, 1)}


class FrozenFeatures(layers.Layer):
    """Image (B, H, W, 3) in [-1, 1] -> the features of each layer in VGG16_LAYERS, of about the same size.

    Args:
        vgg: the network that gives them; it is no part of the weights.
    """

    def __init__(self, vgg: keras.Model, **options: Any):
        super().__init__(**options)
        self.see = partial(vgg, training=False)  # Keras does not look for weights in a partial

    def call(self, image: Any) -> dict[str, Any]:
        features = self.see(image)
        return {layer: features[layer] / size for layer, (size, _) in VGG16_LAYERS.items()}


def build_projected(*, filters: int, norm: str, vgg16: Path, dtype: str = "float32") -> keras.Model:
    """Build the discriminator: image (B, H, W, 3) in [-1, 1] -> logits (B, H / 8, W / 8, 3), float32.

    There is one logit from each layer of VGG16, which is frozen, so that the discriminator need not learn to see.
    The sides of images are multiples of 8 px.

    Args:
        filters: channels of the first convolution behind a layer of VGG; they double with each halving, and before the
            logits there are four times as many.
        norm: `spectral` for all convolutions but those of the logits, or `none`.
        vgg16: a file of VGG16's weights, see srgan.sources.vgg_weights.
        dtype: precision policy of VGG and of the convolutions.

    Raises:
        UserError: the file does not hold VGG16's weights.
    """
    normalised = SpectralConv2D if norm == "spectral" else layers.Conv2D

    def conv(x: Any, channels: int, name: str, size: int, stride: int) -> Any:
        x = normalised(channels, size, stride, padding="same", name=name, dtype=dtype)(x)
        return leaky_relu(x, f"{name}_lrelu", dtype)

    vgg = build_vgg(vgg16, list(VGG16_LAYERS), "vgg16", dtype=dtype)
    image = keras.Input((None, None, 3), name="image")
    features = FrozenFeatures(vgg, name="features", dtype="float32")(image)
    maps = []
    for layer, (_, halvings) in VGG16_LAYERS.items():
        x = features[layer]
        for i in range(halvings):
            x = conv(x, filters * 2**i, f"{layer}_down{i + 1}", 4, 2)
        x = conv(x, filters * 4, f"{layer}_same", 3, 1)  # (B, H / 8, W / 8, 4 F)
        maps.append(layers.Conv2D(1, 3, padding="same", name=f"{layer}_last", dtype=dtype)(x))
    x = layers.Concatenate(name="maps", dtype=dtype)(maps)
    logits = layers.Activation("linear", name="logits", dtype="float32")(x)  # (B, H / 8, W / 8, 3)
    return keras.Model(image, logits, name="discriminator")
