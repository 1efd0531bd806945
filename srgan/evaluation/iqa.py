"""LPIPS, DISTS and NIQE by the library pyiqa, where it is installed: pip install -r requirements-metrics.txt."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
from PIL import Image

from srgan.data.images import to_rgb
from srgan.errors import UserError
from srgan.metrics.score import Judge

# Our name -> pyiqa's, which has the settings that papers report: LPIPS on AlexNet, version 0.1; NIQE on luma.
FULL_REFERENCE = {"lpips": "lpips", "dists": "dists"}
NO_REFERENCE = {"niqe": "niqe"}
NIQE_BLOCK = 96  # px; it compares statistics between blocks of this side, so it needs at least two
DEVICE = "cpu"  # because TensorFlow takes the whole memory of a GPU


def installed() -> bool:
    """Whether pyiqa is installed."""
    return find_spec("pyiqa") is not None


def library_judges() -> dict[str, Judge]:
    """The metrics of pyiqa, by their names in score.METRICS; none if it is not installed.

    They compare whole pictures, with their borders. This must be called before TensorFlow is imported.

    Raises:
        UserError: the weights of a network cannot be loaded; pyiqa downloads them when they are first used.
        RuntimeError: TensorFlow is imported already.
    """
    if not installed():
        return {}
    if "tensorflow" in sys.modules and "pyiqa" not in sys.modules:
        # PyTorch's Triton and TensorFlow each bring LLVM; in this order the second one aborts the process.
        raise RuntimeError("pyiqa has to be imported before TensorFlow")
    import pyiqa  # noqa: PLC0415 - takes seconds, and brings PyTorch

    judges: dict[str, Judge] = {}
    for ours, theirs in (FULL_REFERENCE | NO_REFERENCE).items():
        try:
            metric = pyiqa.create_metric(theirs, device=DEVICE)
        except (OSError, RuntimeError) as error:
            raise UserError(
                f"{ours}: pyiqa cannot load its weights ({error}); they are downloaded when they are first used, so "
                "run once with access to the internet, or copy ~/.cache/torch from a machine that has them; "
                "`pip uninstall pyiqa` leaves these figures out"
            ) from error
        judges[ours] = _against(metric) if ours in FULL_REFERENCE else _alone(metric)
    return judges


def _against(metric: Any) -> Judge:
    def to(hr: np.ndarray) -> Callable[[np.ndarray], float]:
        reference = Image.fromarray(to_rgb(hr))
        return lambda sr: float(metric(Image.fromarray(to_rgb(sr)), reference))

    return to


def _alone(metric: Any) -> Judge:
    def to(hr: np.ndarray) -> Callable[[np.ndarray], float]:
        blocks = (hr.shape[0] // NIQE_BLOCK) * (hr.shape[1] // NIQE_BLOCK)
        return lambda sr: float(metric(Image.fromarray(to_rgb(sr)))) if blocks > 1 else math.nan

    return to
