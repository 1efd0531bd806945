"""Measure every model on every benchmark photograph, by the protocol of published results."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from srgan.atomic import json_number, write_json, write_text
from srgan.data.benchmark import benchmark_pair
from srgan.data.images import to_rgb, write_png
from srgan.data.listing import images_by_name
from srgan.errors import UserError
from srgan.metrics.score import METRICS, Judge, means, score
from srgan.progress import Progress

DECIMALS = 6
SUMMARY = ("psnr_y", "ssim_y", "perceptual_distance", "mesh")  # near the photograph, near by features, clean

Means = Mapping[str, Mapping[str, Mapping[str, float]]]  # set -> model -> metric -> mean
Upscaler = Callable[[np.ndarray], np.ndarray]  # lr (h, w, 3) uint8 -> sr (h * scale, w * scale, 3) uint8


def benchmark_sets(root: Path, order: Sequence[str] = ()) -> dict[str, dict[str, Path]]:
    """Find the benchmark photographs.

    Args:
        root: a folder with one folder of photographs per set.
        order: names of the sets that come first.

    Returns:
        Set name -> picture name -> file, alphabetically after the sets in `order`. A picture's name is its path inside
        the set's folder without the suffix.

    Raises:
        UserError: no set, a set without a photograph, or two photographs of one name.
    """
    folders = sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else []
    if not folders:
        raise UserError(f"{root}: no benchmark set there; name one in data.benchmarks and run: dvc repro download")
    places = {name: place for place, name in enumerate(order)}
    folders.sort(key=lambda folder: places.get(folder.name, len(places)))
    return {folder.name: _pictures(folder) for folder in folders}


def _pictures(folder: Path) -> dict[str, Path]:
    pictures = images_by_name(folder)
    if not pictures:
        raise UserError(
            f"{folder}: no photograph in this benchmark set; put one there, or take the set out of data.benchmarks"
        )
    return pictures


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
        sets: what `benchmark_sets` found.
        upscalers: model name -> function from lr, uint8 (h, w, 3), to sr, uint8 (h * scale, w * scale, 3).
        scale: HR pixels per LR pixel, along each side.
        max_pixels: a larger photograph is refused.
        sr_folder: where each sr is written, as <set>/<model>/<picture>.png.
        judges: metric -> the network that measures it.

    Returns:
        A row per picture and model: set, image, model, the METRICS that have a judge or need none, and `colour_shift`.

    Raises:
        UserError: a photograph cannot be used, or a model enlarges by another factor.
    """
    rows = []
    for set_name, pictures in sets.items():
        for image, path in _with_progress(pictures, f"evaluate {set_name}"):
            hr, lr = benchmark_pair(path, scale, max_pixels)
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
                rows.append(row | {"colour_shift": colour_shift(sr, lr)})
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


def write_metrics(path: Path, means: Means) -> None:
    """Write `set_means` as strict JSON, rounded to six decimals; numbers that are not finite become "inf" or "nan"."""
    rounded = {
        set_name: {
            model: {metric: json_number(round(value, DECIMALS)) for metric, value in row.items()}
            for model, row in models.items()
        }
        for set_name, models in means.items()
    }
    write_json(path, rounded, indent=2)


def write_summary(path: Path, means: Means, models: Sequence[str]) -> None:
    """Write the figures of `set_means` by which one compares runs: set -> metric -> model, as the tables print them.

    With the metric above the model, DVC lists the networks' values of one metric below each other. With the tables'
    decimals, a difference that means nothing is none.

    Args:
        path: the JSON file.
        means: `set_means`.
        models: which of them; what no run changes, as bicubic interpolation, would only be in the way.
    """
    summary = {
        set_name: {
            metric: {model: json_number(round(rows[model][metric], METRICS[metric].decimals)) for model in models}
            for metric in SUMMARY
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
    """The contents of a file of `write_metrics`."""
    return {
        set_name: {model: {metric: float(value) for metric, value in row.items()} for model, row in models.items()}
        for set_name, models in json.loads(text).items()
    }


def write_scores(path: Path, scores: pd.DataFrame) -> None:
    """Write the per-picture scores as CSV with six decimals."""
    text = scores.to_csv(index=False, float_format=f"%.{DECIMALS}f", na_rep="nan", lineterminator="\n")
    write_text(path, text)


def read_scores(path: Path) -> pd.DataFrame:
    """Read what `write_scores` wrote.

    Raises:
        UserError: there is no such file, or it holds something else.
    """
    # Read as text, because a picture may be called 001 or nan.
    names = {"set": str, "image": str, "model": str}
    try:
        return pd.read_csv(path, dtype=names, keep_default_na=False, na_values={metric: ["nan"] for metric in METRICS})
    except (OSError, ValueError) as error:
        raise _no_results(path, error) from error


def _no_results(path: Path, error: Exception) -> UserError:
    reason = error.strerror if isinstance(error, OSError) else error
    return UserError(f"{path}: cannot be read ({reason}); the stage evaluate makes it: dvc repro evaluate")
