"""Which network a name on the command line means."""

from __future__ import annotations

from pathlib import Path

from srgan.errors import UserError
from srgan.root import project_root

MODELS = Path("models")  # what the pipeline trained
SHIPPED = Path(__file__).resolve().parents[2] / "pretrained"  # what comes with the repository
DEFAULT = "pretrain"  # of the shipped ones


def find_network(name: str | None) -> Path:
    """The folder of a trained network.

    Args:
        name: a stage (`gan`: models/gan of this project), a folder with model.json, an MLflow URI
            (`models:/srgan-x4@champion`, `runs:/<id>/model`), or None for the network that comes with the repository.

    Raises:
        UserError: there is no such network.
    """
    if name is None:
        return _checked(SHIPPED / DEFAULT, "no network comes with this copy of the repository")
    if name.startswith(("models:/", "runs:/")):
        from srgan.registry import download_network  # noqa: PLC0415  (MLflow takes a second to import)

        return download_network(name)
    trained = project_root() / MODELS / name
    if "/" not in name and (trained / "model.json").is_file():
        return trained
    return _checked(Path(name), f"{name}: no trained network there")


def _checked(folder: Path, problem: str) -> Path:
    if (folder / "model.json").is_file():
        return folder
    trained = sorted(path.parent.name for path in (project_root() / MODELS).glob("*/model.json"))
    shipped = sorted(f"pretrained/{path.parent.name}" for path in SHIPPED.glob("*/model.json"))
    there = ", ".join(trained + shipped) or "none yet: `dvc repro` trains them"
    raise UserError(
        f"{problem}; --model takes a stage, a folder with model.json, or an MLflow URI (models:/..., runs:/...). "
        f"Networks here: {there}"
    )
