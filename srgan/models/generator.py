"""The generator: SRResNet (Ledig et al. 1609.04802, figure 4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from srgan.models.activations import PReLU
from srgan.models.architecture import UPSAMPLING
from srgan.models.layers import ICNR, BicubicUpsampling, DepthToSpace, NarrowConv2D
from srgan.models.normalisation import ReferenceBatch, WithoutReference, normalisation


def build_generator(
    *,
    scale: int,
    blocks: int,
    filters: int,
    norm: str,
    skip: str,
    reference: Sequence[int] = (),
    dtype: str = "float32",
    synchronized: bool = False,
) -> keras.Model:
    """Build SRResNet: LR (B, h, w, 3) in [0, 1] -> SR (B, scale h, scale w, 3) around [-1, 1], for any h and w.

    With `scale=4, blocks=16, filters=64, norm="batch", skip="none"` it is the paper's network layer by layer,
    1,552,771 parameters. Convolutions before a normalisation have no bias, because its beta serves as their bias.

    Args:
        scale: enlargement, one of UPSAMPLING.
        blocks: residual blocks.
        filters: channels of every hidden convolution.
        norm: see srgan.models.normalisation.
        skip: `none`, or `bicubic`: the bicubic enlargement of the input is added to the output, and the last
            convolution starts at zero, so that an untrained network is exactly bicubic.
        reference: (N, h, w, 3), shape of the reference batch; for norm `virtual` only.
        dtype: precision policy of all layers but the skip; the result is float32.
        synchronized: share batch statistics over replicas.
    """
    use_bias = norm == "none"

    def conv(x: Any, channels: int, size: int, name: str, **options: Any) -> Any:
        return layers.Conv2D(channels, size, padding="same", name=name, **({"dtype": dtype} | options))(x)

    def norm_layer(x: Any, name: str) -> Any:
        return normalisation(
            norm,
            name=name,
            dtype=dtype,
            reference_size=reference[0] if reference else 0,
            synchronized=synchronized,
        )(x)

    def prelu(x: Any, name: str) -> Any:
        # One slope a channel, shared over space: the network takes any image size.
        return PReLU(keras.initializers.Constant(0.25), shared_axes=[1, 2], name=name, dtype=dtype)(x)

    lr = keras.Input((None, None, 3), name="lr")
    x = lr
    if norm == "virtual":
        x = ReferenceBatch(reference, name="reference", dtype="float32")(x)
    x = first = prelu(conv(x, filters, 9, "first"), "first_prelu")  # (B, h, w, F)
    for i in range(1, blocks + 1):
        y = conv(x, filters, 3, f"block{i}_conv1", use_bias=use_bias)
        y = prelu(norm_layer(y, f"block{i}_norm1"), f"block{i}_prelu")
        y = conv(y, filters, 3, f"block{i}_conv2", use_bias=use_bias)
        x = layers.Add(name=f"block{i}", dtype=dtype)([x, norm_layer(y, f"block{i}_norm2")])
    x = norm_layer(conv(x, filters, 3, "trunk_conv", use_bias=use_bias), "trunk_norm")
    x = layers.Add(name="trunk", dtype=dtype)([x, first])
    for i, factor in enumerate(UPSAMPLING[scale], start=1):
        x = conv(x, filters * factor**2, 3, f"upsample{i}_conv", kernel_initializer=ICNR(factor))
        x = DepthToSpace(factor, name=f"upsample{i}", dtype=dtype)(x)  # (B, r h, r w, F)
        x = prelu(x, f"upsample{i}_prelu")
    if norm == "virtual":
        x = WithoutReference(reference[0], name="without_reference", dtype=dtype)(x)
    last = {"kernel_initializer": "zeros"} if skip == "bicubic" else {}
    sr = NarrowConv2D(3, 9, padding="same", name="last", dtype=dtype, **last)(x)  # (B, scale h, scale w, 3), float32
    if skip == "bicubic":
        bicubic = BicubicUpsampling(scale, name="bicubic")(lr)  # in [0, 1]
        bicubic = layers.Rescaling(2.0, offset=-1.0, name="signed", dtype="float32")(bicubic)
        sr = layers.Add(name="skip", dtype="float32")([bicubic, sr])
    return keras.Model(lr, sr, name="generator")
