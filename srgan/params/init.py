"""Which networks a stage starts from: its setting `init`."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import Any

from srgan.errors import UserError
from srgan.params.whole import Params
from srgan.pipeline import NETWORKS, TRAINING_STAGES
from srgan.root import project_root


def find_init(name: str, params: Params) -> Path | None:
    """The folder of networks that a stage starts from: an earlier stage's, or the user's own; None for new ones.

    Args:
        name: the stage.
        params: all settings.

    Raises:
        UserError: there is no network in the user's folder, or one of another scale or architecture than the settings'.
    """
    init = getattr(params, name).init
    if init == "none":
        return None
    if init in TRAINING_STAGES:
        return NETWORKS / init
    folder = project_root() / Path(init).expanduser()
    there = _generator(folder / "model.json", name, init)
    if there.get("scale") != params.scale:
        raise UserError(f"{name}.init is {init!r}, a network of scale {there.get('scale')}; scale is {params.scale}")
    wanted = params.generator.model_dump()
    if different := [key for key in wanted if there.get(key) != wanted[key]]:
        values = ", ".join(f"generator.{key} is {wanted[key]} and {there.get(key)} there" for key in different)
        raise UserError(
            f"{name}.init is {init!r}, whose generator is not what the section generator describes ({values}); make "
            "them equal, or start from another network"
        )
    return folder


def _generator(path: Path, name: str, init: str) -> dict[str, Any]:
    """What a model.json says of its generator."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))["generator"])
    except FileNotFoundError:
        near = difflib.get_close_matches(init, TRAINING_STAGES, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise UserError(
            f"{name}.init is {init!r}, and there is no network in {path.parent} (a folder with model.json and its "
            f"weights){hint}"
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{name}.init is {init!r}, and {path} cannot be read ({error!r})") from None
