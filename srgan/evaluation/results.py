"""The files that evaluation writes: the means of each set, a summary for comparing runs, every picture's scores."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from srgan.atomic import json_number, write_json, write_text
from srgan.errors import UserError
from srgan.metrics.score import METRICS, in_tables

DECIMALS = 6
PHOTOGRAPHS = "photographs"  # in a set of metrics.json, beside the models: which photographs they were measured on

Means = Mapping[str, Mapping[str, Mapping[str, float]]]  # set -> model -> metric -> mean


def write_metrics(path: Path, means: Means, photographs: Mapping[str, str]) -> None:
    """Write strict JSON, rounded to six decimals; numbers that are not finite become "inf" or "nan".

    Args:
        path: the file.
        means: `evaluate.set_means`.
        photographs: `evaluate.set_photographs`.
    """
    written: dict[str, dict[str, Any]] = {}
    for set_name, models in means.items():
        written[set_name] = {PHOTOGRAPHS: photographs[set_name]} if set_name in photographs else {}
        for model, row in models.items():
            written[set_name][model] = {metric: json_number(round(value, DECIMALS)) for metric, value in row.items()}
    write_json(path, written, indent=2)


def write_summary(path: Path, means: Means, models: Sequence[str]) -> None:
    """Write the figures of `set_means` that tables show, by which one compares runs: set -> metric -> model.

    With the metric above the model, DVC lists the networks' values of one metric below each other. They are
    rounded as the tables print them, which hides differences that mean nothing.

    Args:
        path: the JSON file.
        means: `set_means`.
        models: which to write; bicubic is the same in every run.
    """
    summary = {
        set_name: {
            metric: {model: json_number(round(rows[model][metric], METRICS[metric].decimals)) for model in models}
            for metric in in_tables(rows[models[0]])
        }
        for set_name, rows in means.items()
    }
    write_json(path, summary, indent=2)


def read_metrics(path: Path) -> dict[str, dict[str, dict[str, float]]]:
    """Read what `write_metrics` wrote; "inf" becomes infinity again.

    Raises:
        UserError: there is no such file, or it holds something else.
    """
    try:
        return parse_metrics(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise _no_results(path, error) from error


def parse_metrics(text: str) -> dict[str, dict[str, dict[str, float]]]:
    """The figures in a file of `write_metrics`."""
    return {
        set_name: {
            model: {metric: float(value) for metric, value in row.items()}
            for model, row in models.items()
            if model != PHOTOGRAPHS
        }
        for set_name, models in json.loads(text).items()
    }


def parse_photographs(text: str) -> dict[str, str]:
    """The digests of photographs in a file of `write_metrics`; sets measured by an earlier version have none.

    Returns:
        Set -> digest.
    """
    sets = json.loads(text)
    return {name: str(models[PHOTOGRAPHS]) for name, models in sets.items() if PHOTOGRAPHS in models}


def write_scores(path: Path, scores: pd.DataFrame) -> None:
    """Write the per-picture scores as CSV with six decimals."""
    text = scores.to_csv(index=False, float_format=f"%.{DECIMALS}f", na_rep="nan", lineterminator="\n")
    write_text(path, text)


def read_scores(path: Path) -> pd.DataFrame:
    """Read what `write_scores` wrote.

    Raises:
        UserError: there is no such file, or it holds something else.
    """
    # Read as text, because a picture may be called 001 or nan, and a digest may look like a number.
    names = {"set": str, "image": str, "model": str, "photograph": str}
    try:
        return pd.read_csv(path, dtype=names, keep_default_na=False, na_values={metric: ["nan"] for metric in METRICS})
    except (OSError, ValueError) as error:
        raise _no_results(path, error) from error


def _no_results(path: Path, error: Exception) -> UserError:
    reason = error.strerror if isinstance(error, OSError) else error
    return UserError(f"{path}: cannot be read ({reason}); the stage evaluate makes it: dvc repro evaluate")
