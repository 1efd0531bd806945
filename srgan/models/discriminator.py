"""The discriminators: SRGAN's (Ledig et al. 1609.04802, figure 4), which is also WGAN's critic, and two others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import keras
from keras import layers

from srgan.models.activations import leaky_relu
from srgan.models.normalisation import ReferenceBatch, WithoutReference, normalisation
from srgan.models.projected import build_projected
from srgan.models.spectral import SpectralConv2D, SpectralDense
from srgan.models.unet import build_unet

# Channels, as multiples of the first convolution's, and strides of the eight 3x3 convolutions.
CONVOLUTIONS = ((1, 1), (1, 2), (2, 1), (2, 2), (4, 1), (4, 2), (8, 1), (8, 2))


def build_discriminator(
    *,
    network: str = "srgan",
    filters: int,
    norm: str,
    head: str,
    units: int,
    crop: int,
    reference: Sequence[int] = (),
    dtype: str = "float32",
    synchronized: bool = False,
    vgg16: Path = Path(),
) -> keras.Model:
    """Build the discriminator: image (B, crop, crop, 3) in [-1, 1] -> logit (B, 1), float32, no sigmoid.

    With `network="srgan", filters=64, norm="batch", head="dense", units=1024, crop=96` it is the paper's. The critic of
    WGAN is the same network: its output is a score, not a logit.

    Args:
        network: `srgan`: the paper's; `unet`: see srgan.models.unet, which has a logit for each pixel; `projected`: see
            srgan.models.projected, which has logits for each square of 8 pixels. The two others take images whose
            sides are multiples of 8, and need neither `head`, `units` nor `crop`.
        filters: channels of the first convolution; the last has eight times as many.
        norm: see srgan.models.normalisation; the first convolution has none after it. With `spectral` the kernels of
            all layers are divided by their spectral norms (see srgan.models.spectral).
        head: `dense`: the features are flattened, as in the paper, which fixes the image size to `crop`; `pool`:
            they are averaged over space, so that images may have any size.
        units: of the first dense layer.
        crop: height and width of the images, for the dense head; a multiple of 16.
        reference: (N, crop, crop, 3), shape of the reference batch; for norm `virtual` only.
        dtype: precision policy of the hidden layers.
        synchronized: share batch statistics over replicas.
        vgg16: a file of VGG16's weights; for `projected` only.
    """
    if network == "projected":
        return build_projected(filters=filters, norm=norm, vgg16=vgg16, dtype=dtype)
    if network == "unet":
        return build_unet(filters=filters, norm=norm, dtype=dtype)
    conv, dense = (SpectralConv2D, SpectralDense) if norm == "spectral" else (layers.Conv2D, layers.Dense)
    size = crop if head == "dense" else None
    image = x = keras.Input((size, size, 3), name="image")
    if norm == "virtual":
        x = ReferenceBatch(reference, name="reference", dtype="float32")(x)
    for i, (multiple, stride) in enumerate(CONVOLUTIONS, start=1):
        normalised = i > 1
        x = conv(
            filters * multiple,
            3,
            stride,
            padding="same",
            use_bias=not normalised or norm in ("none", "spectral"),
            name=f"conv{i}",
            dtype=dtype,
        )(x)
        if normalised:
            x = normalisation(
                norm,
                name=f"norm{i}",
                dtype=dtype,
                reference_size=reference[0] if reference else 0,
                synchronized=synchronized,
            )(x)
        x = leaky_relu(x, f"lrelu{i}", dtype)
    # x: (B, crop / 16, crop / 16, 8 F)
    if norm == "virtual":
        x = WithoutReference(reference[0], name="without_reference", dtype=dtype)(x)
    if head == "dense":
        x = layers.Flatten(name="flatten", dtype=dtype)(x)
    else:
        x = layers.GlobalAveragePooling2D(name="pool", dtype=dtype)(x)
    x = leaky_relu(dense(units, name="dense1", dtype=dtype)(x), "lrelu9", dtype)
    logit = dense(1, name="dense2", dtype="float32")(x)  # (B, 1)
    return keras.Model(image, logit, name="discriminator")
