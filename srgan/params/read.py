"""Read and check params.yaml; every mistake in it becomes a sentence."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from srgan.errors import UserError
from srgan.params.whole import Params


def load_params(path: Path | str = "params.yaml") -> Params:
    """Read and check a params file.

    Args:
        path: the YAML file.

    Returns:
        The settings, typed.

    Raises:
        UserError: no such file, not YAML, or wrong settings. The message names every wrong key, its value
            and what is allowed.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; run in the project's folder, where params.yaml is") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read as YAML: {' '.join(str(error).split())}") from None
    return parse_params(text, path)


def parse_params(text: str, path: Path) -> Params:
    """Check the contents of a params file.

    Args:
        text: YAML.
        path: the file it comes from, for messages.

    Raises:
        UserError: as load_params.
    """
    try:
        return Params.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise UserError(f"{path}: cannot be read as YAML: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        lines = [_sentence(item) for item in error.errors()]
        raise UserError(f"{path}: " + f"\n{path}: ".join(lines)) from None


def _sentence(item: Any) -> str:
    """One pydantic error as a sentence: the key, its value, and what is allowed."""
    key = ".".join(str(part) for part in item["loc"])
    value = item.get("input")
    match item["type"]:
        case "missing":
            return f"{key} is missing"
        case "extra_forbidden":
            near = difflib.get_close_matches(str(item["loc"][-1]), _keys(item["loc"][:-1]), n=1)
            parent = key.rpartition(".")[0]
            hint = f"; did you mean {'.'.join(filter(None, (parent, near[0])))}?" if near else ""
            return f"{key} is not a setting{hint}"
        case "value_error":
            message = str(item["ctx"]["error"])
            if isinstance(value, dict):
                return f"{key}: {message}" if key else message
            return f"{key} is {value!r}; {message}"
        case "model_type" | "model_attributes_type":
            return f"{key or 'the file'} is {value!r}; it must be a section with settings"
        case _:
            return f"{key} is {value!r}; {item['msg'][0].lower()}{item['msg'][1:]}"


def _keys(location: tuple[Any, ...]) -> list[str]:
    """The names of the settings in a section of the file."""
    model: Any = Params
    for part in location:
        model = model.model_fields[part].annotation
    return list(model.model_fields)
