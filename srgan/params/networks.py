"""What the settings say of a stage's networks: the arguments of their builders, as model.json has them."""

from __future__ import annotations

from typing import Any

from srgan.params.whole import Params

ADVERSARIES = {"gan": "discriminator", "vgg": "discriminator", "wgan": "critic"}  # stage -> role of its second network


def generator_spec(name: str, params: Params) -> dict[str, Any]:
    """The generator of a stage."""
    spec = params.generator.model_dump() | {"scale": params.scale}
    return spec | _reference(params, spec["norm"], getattr(params, name).crop // params.scale)


def adversary_spec(name: str, params: Params) -> dict[str, Any]:
    """The discriminator or critic of a stage; WGAN's critic has a normalisation of its own."""
    norm = params.wgan.norm if ADVERSARIES[name] == "critic" else params.discriminator.norm
    crop = getattr(params, name).crop
    return params.discriminator.model_dump() | {"norm": norm, "crop": crop} | _reference(params, norm, crop)


def _reference(params: Params, norm: str, side: int) -> dict[str, Any]:
    """The shape of virtual batch normalisation's reference batch: a list, as it comes back from model.json."""
    return {"reference": [params.training.reference_size, side, side, 3]} if norm == "virtual" else {}
