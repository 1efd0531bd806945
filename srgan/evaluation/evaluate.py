"""Measure every model on every benchmark photograph, by the protocol of published results."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from srgan.data.benchmark import benchmark_pair
from srgan.data.images import pixel_digest, to_rgb, write_png
from srgan.errors import UserError
from srgan.metrics.score import METRICS, Judge, means, score
from srgan.progress import Progress

Upscaler = Callable[[np.ndarray], np.ndarray]  # lr (h, w, 3) uint8 -> sr (h * scale, w * scale, 3) uint8
DIGITS = 16  # hexadecimal, of a digest of photographs: enough to tell them apart, and short in a table


def evaluate(
    sets: Mapping[str, Mapping[str, Path]],
    upscalers: Mapping[str, Upscaler],
    scale: int,
    max_pixels: int,
    sr_folder: Path,
    judges: Mapping[str, Judge],
) -> pd.DataFrame:
    """Shrink every benchmark photograph, enlarge it with every model, and measure the results.

    A single-channel photograph is given to a model as RGB with three equal channels and is scored in grey.

    Args:
        sets: what `data.benchmark.benchmark_sets` found.
        upscalers: model name -> function from lr, uint8 (h, w, 3), to sr, uint8 (h * scale, w * scale, 3).
        scale: HR pixels per LR pixel, along each side.
        max_pixels: a larger photograph is refused.
        sr_folder: where each sr is written, as <set>/<model>/<picture>.png.
        judges: metric -> the network that measures it.

    Returns:
        A row per picture and model: set, image, model, the METRICS that have a judge or need none, `colour_shift`, and
        `photograph`, a digest of what was measured.

    Raises:
        UserError: a photograph cannot be used, or a model enlarges by another factor.
    """
    rows = []
    for set_name, pictures in sets.items():
        for image, path in _with_progress(pictures, f"evaluate {set_name}"):
            hr, lr = benchmark_pair(path, scale, max_pixels)
            photograph = pixel_digest(hr, lr)[:DIGITS]
            lr = to_rgb(lr)  # (h, w, 3)
            against_hr = {metric: judge(hr) for metric, judge in judges.items()}
            for model, upscale in upscalers.items():
                sr = upscale(lr)  # (H, W, 3)
                if sr.shape[:2] != hr.shape[:2]:
                    raise UserError(
                        f"{model} makes {sr.shape[1]}x{sr.shape[0]} pixels of {path}, and not "
                        f"{hr.shape[1]}x{hr.shape[0]}; train it with scale {scale} (params.yaml)"
                    )
                write_png(sr_folder / set_name / model / f"{image}.png", sr)
                row = {"set": set_name, "image": image, "model": model} | score(sr, hr, scale, against_hr)
                rows.append(row | {"colour_shift": colour_shift(sr, lr), "photograph": photograph})
    return pd.DataFrame(rows)


def _with_progress(pictures: Mapping[str, Path], title: str) -> Iterator[tuple[str, Path]]:
    with Progress(title, len(pictures), unit="picture") as progress:
        for item in pictures.items():
            yield item
            progress.advance()
            progress.report()


def colour_shift(sr: np.ndarray, lr: np.ndarray) -> float:
    """How far a model moves the colours: the largest change of a channel's mean, in grey levels of 255.

    Args:
        sr: uint8 (H, W, 3).
        lr: uint8 (h, w, 3), what sr was made from.
    """
    return float(np.abs(sr.mean(axis=(0, 1)) - lr.mean(axis=(0, 1))).max())


def set_means(scores: pd.DataFrame) -> dict[str, dict[str, dict[str, float]]]:
    """Average over the pictures of each set: set -> model -> metric -> mean, see `score.means`."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    measured = [metric for metric in METRICS if metric in scores]
    for (set_name, model), group in scores.groupby(["set", "model"], sort=False):
        found.setdefault(set_name, {})[model] = means(group[measured].to_dict("records"))
    return found


def set_photographs(scores: pd.DataFrame) -> dict[str, str]:
    """Which photographs each set had: set -> a digest of their pixels in HR and LR, whatever their names and order.

    Figures of one metric on one set can be compared only if this is the same: a folder's name says little of what is
    in it.

    Args:
        scores: what `evaluate` found.
    """
    found = {}
    for set_name, group in scores.groupby("set", sort=False):
        photographs = group.drop_duplicates("image")["photograph"]
        found[str(set_name)] = hashlib.sha256(" ".join(sorted(photographs)).encode()).hexdigest()[:DIGITS]
    return found
