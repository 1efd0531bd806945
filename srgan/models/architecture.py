"""The architecture of networks, without Keras: how settings describe it, a generator's layers and its receptive field.

A network is described by what `model.json` says under `generator`, `discriminator` or `critic`: the arguments of its
builder. Those of build_generator in srgan.models.generator are `scale`, `blocks`, `filters`, `norm`, `skip`, and for
norm `virtual` `reference`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

EPSILON = 1e-5  # added to variances
UPSAMPLING = {2: (2,), 3: (3,), 4: (2, 2), 8: (2, 2, 2)}  # scale: factors of its sub-pixel convolutions
NORMS = {"batch": 4, "virtual": 4, "layer": 2, "none": 0}  # number of arrays: scale, offset, and two statistics
SKIPS = ("none", "bicubic")


def generator_spec(generator: Mapping[str, Any], scale: int, crop: int, reference_size: int) -> dict[str, Any]:
    """The arguments of `build_generator`.

    Args:
        generator: the section.
        scale: enlargement.
        crop: HR pixels of a side in training.
        reference_size: pictures of virtual batch normalisation's reference batch.
    """
    return {**generator, "scale": scale, **_reference(generator["norm"], crop // scale, reference_size)}


def adversary_spec(discriminator: Mapping[str, Any], norm: str, crop: int, reference_size: int) -> dict[str, Any]:
    """The arguments of `build_discriminator`, for a discriminator or a critic.

    Args:
        discriminator: the section.
        norm: its own, or the critic's.
        crop: HR pixels of a side in training.
        reference_size: as for generator_spec.
    """
    return {**discriminator, "norm": norm, "crop": crop, **_reference(norm, crop, reference_size)}


def _reference(norm: str, side: int, size: int) -> dict[str, Any]:
    """The shape of the reference batch: a list, as it comes back from model.json."""
    return {"reference": [size, side, side, 3]} if norm == "virtual" else {}


def faults(generator: Mapping[str, Any]) -> list[str]:
    """What is invalid in a generator's description, in words; empty if it is valid."""
    allowed: dict[str, Collection[object]] = {"scale": UPSAMPLING, "norm": NORMS, "skip": SKIPS}
    found = [f"{key} {generator.get(key)!r}" for key, values in allowed.items() if generator.get(key) not in values]
    for key in ("blocks", "filters"):
        value = generator.get(key)
        if not isinstance(value, int) or value < 1:
            found.append(f"{key} {value!r}")
    if generator.get("norm") == "virtual" and len(generator.get("reference") or ()) != 4:
        found.append(f"reference {generator.get('reference')!r}")
    return found


def layer_shapes(generator: Mapping[str, Any]) -> dict[str, list[tuple[int, ...]]]:
    """The shapes of each layer's arrays, by the layer's name, as weight files have them.

    A convolution has a kernel (height, width, inputs, outputs) and, without a normalisation after it, a bias. A
    normalisation has gamma and beta, and of `batch` and `virtual` a mean and a variance. A PReLU has slopes (1, 1, C).
    """
    filters, norm = generator["filters"], generator["norm"]
    shapes: dict[str, list[tuple[int, ...]]] = {}

    def conv(name: str, size: int, inputs: int, outputs: int, *, bias: bool = True) -> None:
        shapes[name] = [(size, size, inputs, outputs), *([(outputs,)] if bias else [])]

    def conv_and_norm(name: str) -> None:
        conv(name, 3, filters, filters, bias=norm == "none")
        if norm != "none":
            shapes[norm_of(name)] = [(filters,)] * NORMS[norm]

    def prelu(name: str) -> None:
        shapes[name] = [(1, 1, filters)]

    if norm == "virtual":
        shapes["reference"] = [tuple(generator["reference"])]
    conv("first", 9, 3, filters)
    prelu("first_prelu")
    for i in range(1, generator["blocks"] + 1):
        conv_and_norm(f"block{i}_conv1")
        prelu(f"block{i}_prelu")
        conv_and_norm(f"block{i}_conv2")
    conv_and_norm("trunk_conv")
    for i, factor in enumerate(UPSAMPLING[generator["scale"]], start=1):
        conv(f"upsample{i}_conv", 3, filters, filters * factor**2)
        prelu(f"upsample{i}_prelu")
    conv("last", 9, filters, 3)
    return shapes


def norm_of(conv: str) -> str:
    """The name of the normalisation that follows a convolution: block1_conv1 -> block1_norm1."""
    return conv.replace("_conv", "_norm")


def receptive_radius(generator: Mapping[str, Any]) -> int | None:
    """How many LR pixels away an input can be and still change an output pixel, at most.

    Each convolution adds half its kernel, in pixels of the resolution it works at.

    Returns:
        The radius, or None where a normalisation looks at the whole picture.
    """
    if generator["norm"] in ("virtual", "layer"):
        return None
    blocks = 9 // 2 + 2 * generator["blocks"] + 1  # the first convolution, the residual blocks', the trunk's
    return blocks + enlargement_radius(UPSAMPLING[generator["scale"]], bicubic=generator["skip"] == "bicubic")


def enlargement_radius(factors: Sequence[int], *, bicubic: bool) -> int:
    """The radius of the layers after the residual blocks, as in receptive_radius.

    Args:
        factors: of the sub-pixel convolutions.
        bicubic: whether the bicubic enlargement is added; it looks at two pixels on each side.
    """
    radius, enlarged = 0.0, 1
    for factor in factors:
        radius += 3 // 2 / enlarged
        enlarged *= factor
    radius += 9 // 2 / enlarged
    return max(math.ceil(radius), 2 if bicubic else 0)
