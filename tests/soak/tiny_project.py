"""A copy of the project with settings so small that all eight stages take a minute: what tests and the soak run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

TINY = {
    "patches": {"size": 64},
    "generator": {"blocks": 1, "filters": 8},
    "discriminator": {"filters": 4, "units": 8},
    "training": {
        "log_every": 2,
        "validate_every": 4,
        "checkpoint_every": 2,
        "validation_images": 1,
        "reference_size": 2,
    },
    "pretrain": {"crop": 32, "iterations": 6, "batch_size": 2},
    "gan": {"crop": 32, "iterations": 4, "batch_size": 2},
    "vgg": {"crop": 32, "iterations": 4, "batch_size": 2},
    "wgan": {"crop": 32, "iterations": 4, "batch_size": 2, "warmup_critic": 3, "warmup_iterations": 1, "n_critic": 2},
    "evaluate": {"crop": 64, "pictures": 2},
}


def environment() -> dict[str, str]:
    """This process' environment without what would lead to another project, its own Python first on the path."""
    # MLflow puts the store it last used into a process' environment; the copy is to find its own.
    dropped = ("DVC_", "GIT_", "MLFLOW_", "PYTHONDONTWRITEBYTECODE")
    found = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    found["PATH"] = f"{Path(sys.executable).parent}:{found['PATH']}"
    identity = {f"GIT_{who}_{what}": "test@test" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return found | identity


def working_files(source: Path) -> list[str]:
    """The files of a checkout, relative to it: those that git knows and those that it would add."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=source,
        capture_output=True,
        check=True,
    ).stdout.decode()
    return [name for name in filter(None, listed.split("\0")) if (source / name).is_file()]


def make_tiny(source: Path, folder: Path, changes: dict[str, dict[str, object]] | None = None) -> None:
    """Copy the working tree, without its results, and commit it to a repository of its own.

    Args:
        source: a checkout of the project.
        folder: where to; made if need be.
        changes: settings other than TINY's, by section.
    """
    for name in working_files(source):
        if not name.startswith("results/") and name != "dvc.lock":
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / name, folder / name)
    params = yaml.safe_load((folder / "params.yaml").read_text())
    for settings in (TINY, changes or {}):
        for section, values in settings.items():
            params[section] |= values
    (folder / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    for arguments in ("init --quiet --initial-branch=main", "add --all", "commit --quiet --message=start"):
        subprocess.run(["git", *arguments.split()], cwd=folder, env=environment(), check=True)
