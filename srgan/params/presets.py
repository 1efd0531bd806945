"""Presets of params.yaml: one complete file with comments, and short files with the settings that differ from it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from srgan.atomic import write_text
from srgan.errors import UserError

COMPLETE = "sample"  # the preset that has every setting


def names(folder: Path) -> list[str]:
    """The names of all presets, the complete one first."""
    return sorted((path.stem for path in folder.glob("*.yaml")), key=lambda name: (name != COMPLETE, name))


def compose(folder: Path, name: str) -> str:
    """A complete params.yaml: the settings of `sample` with those of a preset in their places.

    Args:
        folder: the folder of the presets, <name>.yaml.
        name: a preset.

    Raises:
        UserError: there is no such preset, or it names an unknown setting.
    """
    if name not in names(folder):
        raise UserError(f"there is no preset {name!r}; name one of {', '.join(names(folder))}")
    complete = (folder / f"{COMPLETE}.yaml").read_text(encoding="utf-8")
    if name == COMPLETE:
        return complete
    round_trip = YAML(typ="rt")  # keeps comments and the form of numbers, and creates no Python objects
    round_trip.width = 200
    settings, changes = (round_trip.load(text) for text in (complete, folder / f"{name}.yaml"))
    _put(changes or {}, settings, folder / f"{name}.yaml")
    text = io.StringIO()
    round_trip.dump(settings, text)
    _, _, body = text.getvalue().partition("\n\n")  # without the first comment, which describes the sample
    lines = (folder / f"{name}.yaml").read_text(encoding="utf-8").splitlines(keepends=True)
    header = "".join(takewhile(lambda line: line.startswith("#"), lines))  # instead of it, the preset's
    return f"{header}\n{body}"


def write(folder: Path, name: str, path: Path, *, overwrite: bool = False) -> None:
    """Write a preset as params.yaml, unless that would overwrite settings that no preset has.

    Args:
        folder: the folder of the presets.
        name: a preset.
        path: the file to write.
        overwrite: replace the file whatever its settings.

    Raises:
        UserError: the file has settings of its own, or there is no such preset.
    """
    text = compose(folder, name)
    if path.exists() and not overwrite:
        there = path.read_text(encoding="utf-8")
        if there not in {compose(folder, preset) for preset in names(folder)}:
            raise UserError(f"{path} has settings of its own; with --overwrite they are replaced by {name}'s")
    write_text(path, text)


def _put(changes: Mapping[str, Any], settings: CommentedMap, path: Path, prefix: str = "") -> None:
    """Replace values in place, which keeps the comment of each setting."""
    for key, value in changes.items():
        if key not in settings:
            raise UserError(f"{path}: {prefix}{key} is not a setting")
        is_section = isinstance(settings[key], CommentedMap)
        if is_section != isinstance(value, CommentedMap):
            raise UserError(f"{path}: {prefix}{key} is {'a section' if is_section else 'a setting, and no section'}")
        if is_section and prefix + key != "features.layers":
            _put(value, settings[key], path, f"{prefix}{key}.")
        else:
            settings[key] = value
