"""The key of a run: a digest of everything that its stage depends on, according to dvc.yaml.

So one list decides both when DVC runs a stage again and which run a checkpoint belongs to. A test compares the list
with what the code imports.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from srgan.data.manifest import MANIFEST
from srgan.digest import digest
from srgan.pipeline import CODE, files_of

REPOSITORY = Path(__file__).resolve().parents[2]  # of the running code, which may be an experiment's copy


def run_key(stage: str, params: Mapping[str, Any], weights: Iterable[Path] = ()) -> str:
    """A digest of a stage's code, inputs and settings, and of the versions of the packages that compute.

    Args:
        stage: the stage's name in dvc.yaml; inputs are taken from the current directory.
        params: all settings, nested.
        weights: files that the stage starts from; they may be outside the repository, where DVC does not track them.
    """
    declared = yaml.safe_load((REPOSITORY / "dvc.yaml").read_text(encoding="utf-8"))["stages"][stage]
    settings = {key: _setting(params, key) for key in declared["params"]}
    versions = {package: version(package) for package in ("tensorflow", "keras")}
    key = hashlib.sha256(json.dumps([stage, settings, versions], sort_keys=True).encode())
    for dependency in sorted(declared["deps"]):
        root = REPOSITORY if dependency.startswith(CODE) else Path()
        manifest = root / dependency / MANIFEST  # stands for its folder: it has every shard's digest
        for path in [manifest] if manifest.is_file() else files_of(root / dependency):
            key.update(f"\0{path.relative_to(root).as_posix()}\0{digest(path)}".encode())
    for path in weights:
        key.update(f"\0{path.name}\0{digest(path)}".encode())
    return key.hexdigest()


def _setting(params: Mapping[str, Any], key: str) -> Any:
    """The setting or section that a dotted key names."""
    value: Any = params
    for part in key.split("."):
        value = value[part]
    return value
