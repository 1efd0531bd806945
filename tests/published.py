"""The published benchmark photographs, where they have been fetched, and what was published of them."""

import csv
import hashlib
from pathlib import Path

import numpy as np
import pytest

from srgan.sources.datasets import registered
from srgan.sources.fetch import cache_folder

REPOSITORY = Path(__file__).resolve().parent.parent
# Of every photograph of Set5 and BSD100: the sha256 of its published x4 input's pixels, and PSNR and SSIM of what
# bicubic makes of those, on luma. BSD100's inputs were made from photographs one pixel larger, before those were
# cropped: their sha256 is without the two pixels at each border that see it.
FIGURES = list(csv.DictReader((REPOSITORY / "tests/golden/published_x4.csv").open(encoding="utf-8")))
UNSEEN_BORDER = {"set5": 0, "bsd100": 2}
BESIDE = REPOSITORY.parent / "shared/data/benchmarks"  # of research data that may lie beside a checkout


def photographs(benchmark: str) -> dict[str, Path]:
    """The photographs of a set by their names; no test fetches any.

    They are looked for where the stage download keeps what it has fetched, and beside the checkout.
    """
    names = [file.name for file in registered(benchmark)]
    beside = {"set5": "Set5/HR", "bsd100": "BSD100/HR"}[benchmark]
    for folder in (cache_folder(REPOSITORY) / benchmark, BESIDE / beside):
        if all((folder / name).is_file() for name in names):
            return {Path(name).stem: folder / name for name in names}
    pytest.skip(f"needs the published photographs of {benchmark}, which a clone has not (data.benchmarks fetches them)")


def digest(lr: np.ndarray, benchmark: str) -> str:
    """What identifies an input's pixels, uint8 (h, w, 3) or (h, w)."""
    border = UNSEEN_BORDER[benchmark]
    inner = np.ascontiguousarray(lr[border : lr.shape[0] - border, border : lr.shape[1] - border])
    return hashlib.sha256(repr(inner.shape).encode() + inner.tobytes()).hexdigest()
