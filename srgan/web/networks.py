"""The networks that the page offers, and the choices of a visitor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from srgan.errors import UserError
from srgan.inference.choice import PHOTO_BELOW, suiting
from srgan.inference.shipped import PHOTO, SRRESNET, networks_here
from srgan.names import NAMES

AUTO = "auto"  # the choice of a visitor who makes none
# Network -> what it does to a picture, in the words of pretrained/README.md.
EFFECTS = {
    "pretrain": "makes nothing up",
    "gan": "fur, leaves and stone get texture",
    "vgg": "as SRGAN, a little crisper",
    "wgan": "as SRGAN, by another adversary",
    PHOTO: "takes away noise and traces of JPEG",
}


def offered() -> list[dict[str, Any]]:
    """Name, title and whether it can be mixed with the SRResNet, of every choice; the default first, with a note."""
    note = (
        f"JPEGs of a quality below {PHOTO_BELOW} are enlarged by {_short(PHOTO)}, which {EFFECTS[PHOTO]}; all "
        f"others by {_short(SRRESNET)}, which {EFFECTS[SRRESNET]}."
    )
    names = sorted(networks_here(), key=lambda name: name != f"pretrained/{SRRESNET}")
    of_networks = [{"name": name, "title": _title(name), "mixes": Path(name).name != SRRESNET} for name in names]
    return [{"name": AUTO, "title": "Automatic", "mixes": False, "note": note}, *of_networks]


def chosen(name: str) -> Path | None:
    """The folder of an offered network, or None for the one that suits the picture; any other folder is refused.

    Raises:
        UserError: no such network is offered.
    """
    if name == AUTO:
        return None
    folder = networks_here().get(name)
    if folder is None:
        raise UserError(f"{name}: no such network here; reload the page, which lists them")
    return folder


def suiting_picture(path: Path) -> tuple[Path, dict[str, str]]:
    """The network that suits a picture, and how the page tells the visitor: its name, and why not the SRResNet."""
    network, reason = suiting(path)
    return network, {"network": _short(network.name)} | ({"reason": reason} if reason else {})


def _short(network: str) -> str:
    """A network's name without what it does."""
    return NAMES.get(network, network.capitalize())


def _title(name: str) -> str:
    network = Path(name).name
    title = f"{_short(network)}: {EFFECTS[network]}" if network in EFFECTS else network
    return title if name.startswith("pretrained/") else f"{title} (yours, {name})"
