"""The U-Net discriminator of Real-ESRGAN (Wang et al. 2107.10833, figure 6)."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from srgan.models.activations import leaky_relu
from srgan.models.spectral import SpectralConv2D


def build_unet(*, filters: int, norm: str, dtype: str = "float32") -> keras.Model:
    """Build the U-Net: image (B, H, W, 3) in [-1, 1] -> a logit for each pixel (B, H, W, 1), float32.

    It judges every pixel with its surroundings at four sizes, whereas the paper's discriminator judges a whole crop. So
    it tells the generator where a picture looks wrong. Three halvings, then three bilinear enlargements,
    each added to the features of its size on the way down. With `filters=64, norm="spectral"` it is Real-ESRGAN's.

    Args:
        filters: channels of the first convolution; eight times as many where the picture is smallest.
        norm: `spectral` for all convolutions but the first and the last, or `none`.
        dtype: precision policy of the hidden layers.
    """
    normalised = SpectralConv2D if norm == "spectral" else layers.Conv2D

    def conv(x: Any, multiple: int, name: str, size: int = 3, stride: int = 1) -> Any:
        layer = normalised(
            filters * multiple, size, stride, padding="same", use_bias=norm == "none", name=name, dtype=dtype
        )
        return leaky_relu(layer(x), f"{name}_lrelu", dtype)

    def up(x: Any, name: str) -> Any:
        # In float32, as XLA's gradient of a bilinear resize is, whatever the precision.
        return layers.UpSampling2D(2, interpolation="bilinear", name=name, dtype="float32")(x)

    def add(x: Any, skipped: Any, name: str) -> Any:
        return layers.Add(name=name, dtype=dtype)([x, skipped])

    image = keras.Input((None, None, 3), name="image")
    first = layers.Conv2D(filters, 3, padding="same", name="first", dtype=dtype)(image)
    full = leaky_relu(first, "first_lrelu", dtype)  # (B, H, W, F)
    half = conv(full, 2, "down1", 4, 2)  # (B, H / 2, W / 2, 2 F)
    quarter = conv(half, 4, "down2", 4, 2)  # (B, H / 4, W / 4, 4 F)
    eighth = conv(quarter, 8, "down3", 4, 2)  # (B, H / 8, W / 8, 8 F)
    x = add(conv(up(eighth, "enlarge1"), 4, "up1"), quarter, "skip1")  # (B, H / 4, W / 4, 4 F)
    x = add(conv(up(x, "enlarge2"), 2, "up2"), half, "skip2")  # (B, H / 2, W / 2, 2 F)
    x = add(conv(up(x, "enlarge3"), 1, "up3"), full, "skip3")  # (B, H, W, F)
    x = conv(conv(x, 1, "extra1"), 1, "extra2")
    last = layers.Conv2D(1, 3, padding="same", name="last", dtype=dtype)(x)
    logits = layers.Activation("linear", name="logits", dtype="float32")(last)  # (B, H, W, 1)
    return keras.Model(image, logits, name="discriminator")
