"""How far the photographs have moved from those of the report that was accepted last."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import wasserstein_distance

from srgan.errors import UserError

FORMAT = 1  # of results/data.json
QUANTILES = 20  # of each figure in it: the middles of so many equal parts of the photographs
# The figures whose distributions are compared: on what scale, and the least spread that a drift is told in.
COMPARED: dict[str, tuple[Callable[[Any], np.ndarray], float]] = {
    "megapixels": (np.log2, 0.1),
    "brightness": (np.asarray, 1.0),
    "contrast": (np.asarray, 1.0),
    "colourfulness": (np.asarray, 1.0),
    "sharpness": (np.log2, 0.1),
    "quality": (np.asarray, 1.0),
}
LEAST = 1e-3  # below this a logarithm is not taken: a picture of one colour has no sharpness


def quantiles(values: Iterable[float]) -> list[float]:
    """The figures of a set in short: QUANTILES of them, rising; none of none."""
    values = list(values)
    levels = (np.arange(QUANTILES) + 0.5) / QUANTILES
    return [float(f"{value:.4g}") for value in np.quantile(values, levels)] if values else []


def drift(now: dict[str, Any], accepted: dict[str, Any]) -> dict[str, float]:
    """How far each figure of the training photographs has moved.

    This is the Wasserstein distance of the two distributions, by their quantiles, in standard deviations of the
    accepted one (https://docs.evidentlyai.com/metrics/customize_data_drift calls it "normed"): if every photograph's
    figure moves by as much, the drift is that much. Sizes and sharpness are compared as logarithms.

    Args:
        now: a report's `train`.
        accepted: another's.

    Returns:
        figure -> drift, of those that both have.
    """
    moved = {}
    for name, (scale, least) in COMPARED.items():
        before, after = (scale(np.maximum(part["quantiles"][name], LEAST)) for part in (accepted, now))
        if len(before) and len(after):
            moved[name] = float(wasserstein_distance(before, after)) / max(float(np.std(before)), least)
    return moved


def read_accepted(path: Path) -> dict[str, Any]:
    """The training set's part of the report that was accepted last.

    Raises:
        UserError: it is no report of this stage's.
    """
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        train = report["train"]
        figures = [float(value) for name in COMPARED for value in train["quantiles"][name]]
        sound = report["format"] == FORMAT and isinstance(train["name"], str) and bool(np.isfinite(figures).all())
    except (OSError, ValueError, TypeError, LookupError):
        sound = False
    if not sound:
        raise UserError(
            f"{path}: not a report of the stage download (format {FORMAT}); get the committed one back with "
            f"git checkout -- {path}, or accept the report of now: cp results/data.json {path}"
        )
    return train
