"""Read and check params.yaml; every mistake in it becomes a sentence."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

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
        raise UserError(
            f"{path}: cannot be read ({' '.join(str(error).split())}); allow it, or save it as UTF-8"
        ) from None
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
        raw = read_yaml(text)
    except YAMLError as error:
        raise UserError(f"{path}{_where_and_what(error)}") from None
    except RecursionError:
        raise UserError(f"{path}: not settings (brackets in brackets without end)") from None
    except ValueError as error:  # a date that there is not, a number that is too long
        raise UserError(f"{path}: not settings ({error}); put a text that looks like a date into quotes") from None
    try:
        return Params.model_validate(raw)
    except ValidationError as error:
        lines = [_sentence(item) for item in error.errors()]
        raise UserError(f"{path}: " + f"\n{path}: ".join(lines)) from None


def read_yaml(text: str) -> Any:
    """Read YAML 1.2, as DVC does: `on` is a word, `5e-6` a number, and a key that stands twice is an error."""
    return YAML(typ="safe", pure=True).load(text)


def flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every setting by its dotted name."""
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _where_and_what(error: YAMLError) -> str:
    """What follows the path of a file that is not YAML."""
    if not isinstance(error, MarkedYAMLError):
        return f": not YAML ({' '.join(str(error).split())})"
    mark, problem = error.problem_mark or error.context_mark, str(error.problem or error.context)
    line = f", line {mark.line + 1}" if mark else ""
    if isinstance(error, DuplicateKeyError):
        return f"{line}: {problem.partition(' with value')[0]}; remove one of them"
    return f"{line}: not YAML ({problem}); check the indentation and the colons"


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
        case kind:
            there = "has no value" if value is None else f"is {value!r}"
            return f"{key} {there}; {_allowed(kind, item)}"


def _allowed(kind: str, item: Any) -> str:
    """What a value of the wrong type or outside its bounds must be."""
    if kind.startswith("int_"):
        return "it must be a whole number"
    if kind in ("float_type", "float_parsing"):
        return "it must be a number"
    if kind == "string_type":
        return "it must be a text"
    if kind == "too_short":
        return f"it must name at least {item['ctx']['min_length']}"
    message = item["msg"].replace("Input should be", "it must be")
    return f"{message[0].lower()}{message[1:]}"


def _keys(location: tuple[Any, ...]) -> list[str]:
    """The names of the settings in a section of the file."""
    model: Any = Params
    for part in location:
        model = model.model_fields[part].annotation
    return list(model.model_fields)
