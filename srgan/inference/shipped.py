"""The pretrained networks, and the networks that were trained here."""

from __future__ import annotations

from pathlib import Path

from srgan.errors import UserError
from srgan.pipeline import NETWORKS, TRAINING_STAGES
from srgan.root import project_root

PACKAGE = Path(__file__).resolve().parents[1]
# The pretrained networks: inside the installed package, beside it in a checkout.
SHIPPED = PACKAGE / "pretrained" if (PACKAGE / "pretrained").is_dir() else PACKAGE.parent / "pretrained"
SRRESNET = "pretrain"  # the stage that trains it
PHOTO = "photo"  # for pictures with noise and traces of JPEG
PRETRAINED = (*TRAINING_STAGES, PHOTO)


def networks_here() -> dict[str, Path]:
    """The folders of all networks: `models/gan` as trained here, `pretrained/gan` as shipped, and so on."""
    places = {"models": project_root() / NETWORKS, "pretrained": SHIPPED}
    return {
        f"{place}/{path.parent.name}": path.parent
        for place, folder in places.items()
        for path in sorted(folder.glob("*/model.json"))
    }


def srresnet_of(folder: Path) -> Path:
    """The SRResNet that a network is mixed with: the one beside it, or else the pretrained one.

    Raises:
        UserError: the network is an SRResNet itself, or there is none to mix it with.
    """
    beside = folder.parent / SRRESNET
    if folder.name == SRRESNET:
        raise UserError(f"--strength mixes a network with SRResNet, and {folder} is one; name another with --model")
    for srresnet in (beside, SHIPPED / SRRESNET):
        if (srresnet / "model.json").is_file():
            return srresnet
    raise UserError(f"{folder}: no SRResNet to mix it with, neither in {beside} nor a pretrained one")
