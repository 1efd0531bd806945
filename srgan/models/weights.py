"""Keras networks on disk: a folder with model.json, from which the network is rebuilt, and its weights beside it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from srgan.errors import UserError
from srgan.models.discriminator import build_discriminator
from srgan.models.generator import build_generator
from srgan.models.stored import checked_weights, network_folder

BUILDERS: dict[str, Callable[..., keras.Model]] = {
    "generator": build_generator,
    "discriminator": build_discriminator,
    "critic": build_discriminator,
}


def save_networks(folder: Path, networks: dict[str, keras.Model], model: dict[str, Any]) -> None:
    """Write networks to a folder that appears complete or not at all; model.json has the sha256 of each file.

    Args:
        folder: the folder to write; an old one is replaced.
        networks: by role: `generator`, and its adversary, `discriminator` or `critic`, if it has one.
        model: what goes into model.json: for each role the arguments of its builder, and `trained`, its training.
    """
    shapes = [tuple(variable.shape) for network in networks.values() for variable in network.variables]
    with network_folder(folder, list(networks), shapes, model) as partial:
        for role, network in networks.items():
            network.save_weights(partial / f"{role}.weights.h5")


def load_network(folder: Path, role: str, **overrides: Any) -> keras.Model:
    """Rebuild a network and load its weights.

    Args:
        folder: what save_networks wrote.
        role: `generator`, `discriminator` or `critic`.
        overrides: arguments of the builder that do not change the weights: `dtype`, `synchronized`, `vgg16`.

    Raises:
        UserError: the folder is missing or incomplete, or has no network of this role.
    """
    arguments, weights = checked_weights(folder, role)
    network = BUILDERS[role](**(arguments | overrides))
    try:
        with warnings.catch_warnings():
            # Keras only warns if a part is missing in the file, and leaves it random.
            warnings.simplefilter("error")
            network.load_weights(weights)
    except (OSError, ValueError, KeyError, UserWarning) as error:
        reason = str(error).strip().splitlines()[0]
        raise UserError(
            f"{weights}: not the weights of the {role} in model.json ({reason}); fetch the folder or train it again"
        ) from None
    return network


def load_generator(folder: Path) -> keras.Model:
    """Rebuild the generator of a trained stage: LR (B, h, w, 3) in [0, 1] -> SR (B, H, W, 3) around [-1, 1]."""
    return load_network(folder, "generator")
