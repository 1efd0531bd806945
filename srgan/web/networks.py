"""The networks that the page offers, and the choices of a visitor."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from srgan.errors import UserError
from srgan.inference.shipped import SRRESNET, networks_here

# Stage -> what its network does to a picture, in the words of pretrained/README.md.
TITLES = {
    "pretrain": "SRResNet: makes nothing up",
    "gan": "SRGAN: fur, leaves and stone get texture",
    "vgg": "SRGAN-VGG: as SRGAN, with fewer halos",
    "wgan": "WGAN: as SRGAN, by another adversary",
}


def offered() -> list[dict[str, Any]]:
    """Name, title and whether it can be mixed with the SRResNet, of every network here; the default first."""
    names = sorted(networks_here(), key=lambda name: name != f"pretrained/{SRRESNET}")
    return [{"name": name, "title": _title(name), "mixes": Path(name).name != SRRESNET} for name in names]


def chosen(name: str) -> Path:
    """The folder of an offered network; any other folder is refused.

    Raises:
        UserError: no such network is offered.
    """
    folder = networks_here().get(name)
    if folder is None:
        raise UserError(f"{name}: no such network here; reload the page, which lists them")
    return folder


def strength_of(text: str) -> float:
    """The weight of the network that a visitor asks for.

    Raises:
        UserError: it is not a number from 0 to 1.
    """
    try:
        strength = float(text)
    except ValueError:
        strength = math.nan
    if not 0 <= strength <= 1:
        raise UserError(f"strength: {text!r} is not a number from 0 to 1")
    return strength


def _title(name: str) -> str:
    stage = Path(name).name
    title = TITLES.get(stage, stage)
    return title if name.startswith("pretrained/") else f"{title} (yours, {name})"
