"""Where a run comes from, as MLflow's pages show it: user, source, commit, and what its stage does."""

from __future__ import annotations

import getpass
import os
import subprocess
from pathlib import Path

import yaml

from srgan.root import project_root


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
    return tags


def git(*arguments: str) -> str:
    """What git prints in the repository; nothing where it fails, or is not installed."""
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=project_root(),
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
