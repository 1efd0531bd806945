"""Where a run comes from, as MLflow's pages show it: user, source, commit, and what its stage does."""

from __future__ import annotations

import getpass
import os
import subprocess
from pathlib import Path

import yaml

from srgan.pipeline import CODE
from srgan.root import project_root

CHANGED_CODE = "git_changed"  # tag: the files of code that are not as in the commit


def origin_of(stage: str) -> dict[str, str]:
    """Tags of a stage's run: MLflow's own, which its pages show, and the names that this project searches by.

    Args:
        stage: the stage's name in dvc.yaml, which describes it.
    """
    return {"stage": stage, "mlflow.note.content": _description(stage)} | source_tags(f"stages/{stage}.py")


def source_tags(source: str) -> dict[str, str]:
    """Tags that say who runs a file, in which of DVC's experiments and from which commit."""
    tags = {"mlflow.source.name": source, "mlflow.source.type": "LOCAL", "mlflow.user": _user()}
    if experiment := os.environ.get("DVC_EXP_NAME"):
        tags["dvc_experiment"] = experiment
    if commit := git("rev-parse", "HEAD").strip():
        tags["git_commit"] = tags["mlflow.source.git.commit"] = commit
    # Here, and not in the repository: DVC runs an experiment in a copy, with the code of the time it was queued.
    based_on = os.environ.get("DVC_EXP_BASELINE_REV", "HEAD")
    if changed := git("diff", "--name-only", based_on, "--", *CODE, "dvc.yaml", folder=Path.cwd()).split():
        tags[CHANGED_CODE] = ", ".join(changed)
    return tags


def git(*arguments: str, folder: Path | None = None) -> str:
    """What git prints in a folder, or else in the repository; nothing where it fails, or is not installed."""
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=folder or project_root(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # as in a container whose user has no name
        return str(os.getuid())


def _description(stage: str) -> str:
    """What dvc.yaml says that the stage does; empty for a run outside the pipeline."""
    pipeline = Path("dvc.yaml")
    if not pipeline.is_file():
        return ""
    stages = yaml.safe_load(pipeline.read_text(encoding="utf-8"))["stages"]
    return str(stages.get(stage, {}).get("desc", ""))
