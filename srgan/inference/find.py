"""Which network a name on the command line means."""

from __future__ import annotations

from pathlib import Path

from srgan.errors import UserError
from srgan.root import project_root

MODELS = Path("models")  # what the pipeline trained
PACKAGE = Path(__file__).resolve().parents[1]
# The networks in the box: inside the installed package, beside it in a checkout.
SHIPPED = PACKAGE / "pretrained" if (PACKAGE / "pretrained").is_dir() else PACKAGE.parent / "pretrained"
SRRESNET = "pretrain"  # the stage that trains it


def find_network(name: str | None) -> Path:
    """The folder of a trained network.

    Args:
        name: a stage (`gan`: models/gan of this project, or else the one in the box), `pretrained/gan` for the one in
            the box, a folder with model.json, an MLflow URI (`models:/srgan-x4@champion`, `runs:/<id>/model`), or None
            for the SRResNet in the box.

    Raises:
        UserError: there is no such network.
    """
    if name is None:
        return _checked(SHIPPED / SRRESNET, "no network comes with this copy of the project")
    if name.startswith(("models:/", "runs:/")):
        from srgan.registry import download_network  # noqa: PLC0415  (MLflow takes a second to import)

        return download_network(name)
    places = [Path(name)]
    if Path(name).name == name:
        places = [project_root() / MODELS / name, Path(name), SHIPPED / name]
    elif Path(name).parent == Path("pretrained"):
        places.append(SHIPPED / Path(name).name)
    found = next((folder for folder in places if (folder / "model.json").is_file()), Path(name))
    return _checked(found, f"{name}: no trained network there")


def networks_here() -> dict[str, Path]:
    """The folders of all networks that need no address: `models/gan` as trained here, `pretrained/gan` in the box."""
    places = {"models": project_root() / MODELS, "pretrained": SHIPPED}
    return {
        f"{place}/{path.parent.name}": path.parent
        for place, folder in places.items()
        for path in sorted(folder.glob("*/model.json"))
    }


def srresnet_of(folder: Path) -> Path:
    """The SRResNet that a network went on from: the one beside it, or else the one in the box.

    Raises:
        UserError: the network is an SRResNet itself.
    """
    beside = folder.parent / SRRESNET
    if folder.name == SRRESNET:
        raise UserError(
            f"--strength mixes a network with the SRResNet it went on from, and {folder} is one; "
            "name another with --model"
        )
    return beside if (beside / "model.json").is_file() else _checked(SHIPPED / SRRESNET, "no SRResNet to mix with")


def _checked(folder: Path, problem: str) -> Path:
    if (folder / "model.json").is_file():
        return folder
    there = ", ".join(name.removeprefix("models/") for name in networks_here()) or "none yet: `dvc repro` trains them"
    raise UserError(
        f"{problem}; --model takes a stage, a folder with model.json, or an MLflow URI (models:/..., runs:/...). "
        f"Networks here: {there}"
    )
