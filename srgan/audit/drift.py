"""How far the photographs have moved from those of the report that was accepted last."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from srgan.data.appearance import FIGURES, QUANTILES, Scale, drift
from srgan.errors import UserError

FORMAT = 1  # of results/data.json
# The figures whose distributions are compared; sizes as logarithms.
COMPARED = {"megapixels": Scale(np.log2, 0.1), **FIGURES, "quality": Scale(np.asarray, 1.0)}


def moved(now: dict[str, Any], accepted: dict[str, Any]) -> dict[str, float]:
    """How far each figure of the training photographs has moved, see srgan.data.appearance.drift.

    Args:
        now: a report's `train`.
        accepted: another's.
    """
    return drift(now["quantiles"], accepted["quantiles"], COMPARED)


def read_accepted(path: Path) -> dict[str, Any]:
    """The training set's part of the report that was accepted last.

    Raises:
        UserError: the file is not a report of the stage download.
    """
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        train = report["train"]
        figures = [train["quantiles"][name] for name in COMPARED]
        known = all(len(values) in (0, QUANTILES) and np.isfinite(values).all() for values in figures)
        named = isinstance(train["name"], str) and isinstance(train["photographs"], int)
        sound = report["format"] == FORMAT and named and known
    except (OSError, ValueError, TypeError, LookupError):
        sound = False
    if not sound:
        raise UserError(
            f"{path}: not a report of the stage download (format {FORMAT}); get the committed one back with "
            f"git checkout -- {path}, or accept the current report: cp results/data.json {path}"
        )
    return train
