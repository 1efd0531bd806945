"""Find the network that a name on the command line means."""

from __future__ import annotations

import argparse
from pathlib import Path

from srgan.commands.numbers import fraction
from srgan.errors import UserError
from srgan.inference.shipped import SHIPPED, SRRESNET, networks_here
from srgan.pipeline import NETWORKS
from srgan.root import project_root

DEVICES = ("cpu", "cuda", "coreml", "directml")


def add_strength(parser: argparse.ArgumentParser) -> None:
    """Declare --strength."""
    parser.add_argument(
        "--strength",
        type=fraction,
        default=1.0,
        metavar="W",
        help="weight of the network, from 0 to 1 (default: 1); the rest is SRResNet, the one beside it or else the "
        "pretrained one",
    )


def find_network(name: str | None) -> Path:
    """The folder of a trained network.

    Args:
        name: a stage (`gan`: models/gan of this project, or else the pretrained one), `pretrained/gan` for the
            pretrained one, a folder with model.json, an MLflow URI (`models:/srgan-x4@champion`, `runs:/<id>/model`),
            or None for the pretrained SRResNet.

    Raises:
        UserError: there is no such network.
    """
    if name is None:
        return _checked(SHIPPED / SRRESNET, "no network comes with this copy of the project")
    if not name:
        raise UserError("--model is empty; name a network, or leave the option out")
    if name.startswith(("models:/", "runs:/")):
        from srgan.tracking.registry import download_network

        return download_network(name)
    places = [Path(name)]
    if Path(name).name == name:
        places = [project_root() / NETWORKS / name, Path(name), SHIPPED / name]
    elif Path(name).parent == Path("pretrained"):
        places.append(SHIPPED / Path(name).name)
    try:
        found = next((folder for folder in places if (folder / "model.json").is_file()), Path(name))
    except OSError as error:
        raise UserError(f"--model {name}: cannot be looked at ({error.strerror}); check the path") from None
    return _checked(found, f"{name}: no trained network there")


def _checked(folder: Path, problem: str) -> Path:
    if (folder / "model.json").is_file():
        return folder
    there = ", ".join(name.removeprefix("models/") for name in networks_here()) or "none yet: `dvc repro` trains them"
    raise UserError(
        f"{problem}; a network is pretrain, gan, vgg, wgan or photo, a folder with model.json, or an MLflow URI "
        "(models:/..., runs:/...). "
        f"Networks here: {there}"
    )
