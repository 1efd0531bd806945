"""Networks on disk: a folder with model.json, from which the network is rebuilt, and its weights beside it."""

from __future__ import annotations

import hashlib
import json
import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np

from srgan.atomic import built_folder, reserve
from srgan.errors import UserError
from srgan.models.discriminator import build_discriminator
from srgan.models.generator import build_generator

HDF5_OVERHEAD = 4096  # bytes for each variable, and more than it takes
BUILDERS = {"generator": build_generator, "discriminator": build_discriminator, "critic": build_discriminator}


def save_networks(folder: Path, networks: dict[str, keras.Model], model: dict[str, Any]) -> None:
    """Write networks to a folder that appears complete or not at all; model.json tells each file's sha256.

    Args:
        folder: where to; replaced if it is there.
        networks: by role: `generator`, and its adversary, `discriminator` or `critic`, if it has one.
        model: what goes into model.json: for each role the arguments of its builder, and `trained`, how it came about.
    """
    variables = [variable for network in networks.values() for variable in network.variables]
    with built_folder(folder) as partial:
        reserve(partial, sum(4 * int(np.prod(variable.shape)) + HDF5_OVERHEAD for variable in variables))
        for role, network in networks.items():
            network.save_weights(partial / f"{role}.weights.h5")
        sha256 = {role: digest(partial / f"{role}.weights.h5") for role in networks}
        (partial / "model.json").write_text(json.dumps(model | {"sha256": sha256}, indent=2) + "\n", encoding="utf-8")


def load_network(folder: Path, role: str, **overrides: Any) -> keras.Model:
    """Rebuild a network and load its weights.

    Args:
        folder: what save_networks wrote.
        role: `generator`, `discriminator` or `critic`.
        overrides: arguments of the builder that do not change the weights: `dtype`, `synchronized`.

    Raises:
        UserError: the folder is not there, not complete, or not of this role.
    """
    model = read_model(folder)
    if role not in model or role not in model.get("sha256", {}):
        raise UserError(f"{folder}/model.json: describes no {role} with its sha256; train the stage again")
    network = BUILDERS[role](**(model[role] | overrides))
    weights = folder / f"{role}.weights.h5"
    if weights.is_file() and digest(weights) != model["sha256"][role]:
        raise UserError(f"{weights}: damaged (its sha256 is not the one in model.json); fetch or train it again")
    try:
        with warnings.catch_warnings():
            # Keras only warns of a part that the file does not have, and leaves it random.
            warnings.simplefilter("error")
            network.load_weights(weights)
    except (OSError, ValueError, KeyError, UserWarning) as error:
        reason = str(error).strip().splitlines()[0]
        raise UserError(f"{weights}: not the weights of the {role} in model.json ({reason})") from None
    return network


def load_generator(folder: Path, dtype: str = "float32") -> keras.Model:
    """Rebuild the generator of a trained stage: LR (B, h, w, 3) in [0, 1] -> SR (B, H, W, 3) around [-1, 1]."""
    return load_network(folder, "generator", dtype=dtype)


def read_model(folder: Path) -> dict[str, Any]:
    """The contents of a folder's model.json."""
    path = folder / "model.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; train the stage first, with `dvc repro {folder.name}`") from None
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read ({error})") from None


def digest(path: Path) -> str:
    """The sha256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
