"""Which networks a stage starts from: its setting `init`."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from srgan.errors import UserError
from srgan.models.architecture import adversary_spec, generator_spec
from srgan.params.whole import Params
from srgan.pipeline import NETWORKS, TRAINING_STAGES
from srgan.root import project_root

ADVERSARIES = {"gan": "discriminator", "vgg": "discriminator", "wgan": "critic"}  # stage -> role of its second network


def roles(name: str) -> list[str]:
    """The networks of a training stage: the generator, and its adversary if there is one."""
    return ["generator", *filter(None, [ADVERSARIES.get(name)])]


def find_init(name: str, params: Params) -> Path | None:
    """The folder of networks that a stage starts from: an earlier stage's, or the user's own; None for new ones.

    Args:
        name: the stage.
        params: all settings.

    Raises:
        UserError: the user's folder is one of the pipeline's own; there is no network in it, or one of another scale or
            architecture than the settings'. Networks of an earlier stage are checked by check_init once they exist.
    """
    init = getattr(params, name).init
    if init == "none":
        return None
    if init in TRAINING_STAGES:
        return NETWORKS / init
    folder = project_root() / Path(init).expanduser()
    if folder.resolve().is_relative_to((project_root() / NETWORKS).resolve()):
        raise UserError(
            f"{name}.init is {init!r}, which this pipeline makes, and DVC deletes a stage's networks before it starts "
            "it; copy the folder to another place (cp -rL), and name the copy"
        )
    check_init(name, params, _model(folder / "model.json", name, init))
    if not (weights := folder / "generator.weights.h5").is_file():
        raise UserError(f"{name}.init is {init!r}, and {weights} is not there; fetch the whole folder")
    return folder


def check_init(name: str, params: Params, model: Mapping[str, Any]) -> None:
    """Refuse networks that are not what the settings describe: the settings that are recorded would be wrong.

    Args:
        name: the stage that starts from them.
        params: all settings.
        model: the folder's model.json; if it has an adversary of the stage's kind, the stage starts from that too.

    Raises:
        UserError: a network is of another scale or architecture.
    """
    init, there = getattr(params, name).init, model["generator"]
    if there.get("scale") != params.scale:
        raise UserError(
            f"{name}.init is {init!r}, a network of scale {there.get('scale')}, and scale is {params.scale}; "
            "start from another network"
        )
    section, crop, size = params.generator.model_dump(), getattr(params, name).crop, params.training.reference_size
    wanted = generator_spec(section, params.scale, crop, size)
    if different := [key for key in wanted if key != "reference" and there.get(key) != wanted[key]]:
        values = ", ".join(f"generator.{key} is {wanted[key]} and {there.get(key)} there" for key in different)
        raise UserError(
            f"{name}.init is {init!r}, whose generator is not what the section generator describes ({values}); make "
            "them equal, or start from another network"
        )
    if wanted.get("reference") != there.get("reference"):
        raise UserError(
            f"{name}.init is {init!r}, whose reference batch is {there.get('reference')}, and of "
            f"training.reference_size and {name}.crop it would be {wanted.get('reference')}; make them equal"
        )
    if (role := ADVERSARIES.get(name)) and role in model:
        norm = params.wgan.norm if role == "critic" else params.discriminator.norm
        adversary = adversary_spec(params.discriminator.model_dump(), norm, crop, size)
        _check_adversary(name, init, role, adversary, model[role])


def _check_adversary(name: str, init: str, role: str, wanted: Mapping[str, Any], there: Mapping[str, Any]) -> None:
    if wanted["network"] != "srgan":
        free = {"head", "units", "crop"}  # settings that only the paper's has
    else:
        free = {"crop"} if wanted["head"] == "pool" else set()  # the head `pool` takes any size
    if different := [key for key in wanted if key not in free and wanted[key] != there.get(key)]:
        values = ", ".join(f"{key} {there.get(key)} there and {wanted[key]} in the settings" for key in different)
        raise UserError(
            f"{name}.init is {init!r}, whose {role} is not what the section discriminator and {name}.crop describe "
            f"({values}); make them equal, or start from a folder without a {role}"
        )


def _model(path: Path, name: str, init: str) -> dict[str, Any]:
    """A model.json that describes a generator."""
    try:
        model = json.loads(path.read_text(encoding="utf-8"))
        return model | {"generator": dict(model["generator"])}
    except FileNotFoundError:
        near = difflib.get_close_matches(init, TRAINING_STAGES, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise UserError(
            f"{name}.init is {init!r}, and there is no network in {path.parent} (a folder with model.json and its "
            f"weights){hint}"
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{name}.init is {init!r}, and {path} cannot be read ({error!r}); fetch the folder again"
        ) from None
