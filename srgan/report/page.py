"""The results as one HTML file with sliders, tables and plots. It needs no other file, and works without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from srgan.atomic import write_text
from srgan.metrics.score import METRICS, PLANE, WATCHED, in_tables, printed
from srgan.names import COLUMNS
from srgan.params import Params
from srgan.report.charts import Chart, curves, plane
from srgan.report.crops import worst_window
from srgan.report.page_parts import data_uri, templates
from srgan.report.protocol import features, protocol
from srgan.report.table import caption, mean_cells
from srgan.report.training import flattery, size, trained

WINDOW = 256  # px: of a larger picture, the page shows the window of this size where bicubic loses most


@dataclass(frozen=True)
class Version:
    """A photograph as one model enlarged it."""

    column: str
    src: str  # a data URI
    figures: list[tuple[str, str]]  # name and value, measured on the whole photograph; none of the photograph itself


@dataclass(frozen=True)
class Picture:
    """A photograph, or its window, by every model."""

    name: str
    width: int
    height: int
    versions: list[Version]


@dataclass(frozen=True)
class MeasuredSet:
    """A benchmark set's mean values."""

    name: str
    count: int
    rows: dict[str, list[tuple[str, bool]]]  # model -> a (text, whether best) per metric
    plane: Chart | None


def write_report(
    path: Path,
    params: Params,
    means: Mapping[str, Mapping[str, Mapping[str, float]]],
    scores: pd.DataFrame,
    photographs: Mapping[str, Path],
    sr_folder: Path,
    training: Mapping[str, pd.DataFrame],
    bicubic: Mapping[str, float],
    learned: int,
) -> None:
    """Write the page; the same inputs give the same bytes.

    Args:
        path: the HTML file to write.
        params: for sizes, trainings and the number of pictures.
        means: `evaluate.set_means`.
        scores: `evaluate.evaluate`'s rows.
        photographs: name -> HR file of the first set in `means`; the first `evaluate.pictures` are shown.
        sr_folder: that set's <model>/<name>.png.
        training: training stage -> `curves.read_curve`.
        bicubic: metric -> mean of bicubic on the validation pictures; empty where unknown.
        learned: how many photographs the networks learned from.
    """
    first = next(iter(means))
    of_pictures = scores[scores["set"] == first].set_index(["image", "model"])
    measured = in_tables(means[first]["bicubic"])
    shown = {name: photographs[name] for name in list(photographs)[: params.evaluate.pictures]}
    page = (
        templates()
        .get_template("report.html.j2")
        .render(
            scale=params.scale,
            window=WINDOW,
            size=size(params, learned),
            columns=COLUMNS,
            pictures=[_picture(name, file, sr_folder, of_pictures, params) for name, file in shown.items()],
            headers=[METRICS[metric].header for metric in measured],
            measured=measured,
            features=_plain(features(params.data.features)),
            sets=[_measured_set(name, models, scores) for name, models in means.items()],
            training=_training(training, bicubic),
            trained={stage: how._replace(start=_plain(how.start)) for stage, how in trained(params).items()},
            flattery=_plain(flattery(params)),
            protocol=_plain(protocol(params)),
        )
    )
    write_text(path, page)


def _picture(name: str, file: Path, sr_folder: Path, measured: pd.DataFrame, params: Params) -> Picture:
    versions = []
    for column, pixels in worst_window(name, file, sr_folder, WINDOW, params).items():
        figures = [] if column == "target" else caption(measured.loc[(name, column)])
        versions.append(Version(column, _data_uri(pixels), figures))
    return Picture(name, pixels.shape[1], pixels.shape[0], versions)


def _data_uri(pixels: np.ndarray) -> str:
    """A picture, uint8 (H, W, 3), as WebP without loss, which is a fifth smaller than PNG."""
    return data_uri(Image.fromarray(np.ascontiguousarray(pixels)), "WEBP", lossless=True, quality=50)


def _measured_set(name: str, models: Mapping[str, Mapping[str, float]], scores: pd.DataFrame) -> MeasuredSet:
    x, y = PLANE
    points = {model: (row[x], row[y]) for model, row in models.items()}
    texts = (f"{COLUMNS[model]} {' dB, '.join(printed(m, row[m]) for m in PLANE)}" for model, row in models.items())
    summary = f"Perceptual distance against PSNR-Y on {name}: {'; '.join(texts)}."
    count = scores.loc[scores["set"] == name, "image"].nunique()
    drawn = plane(f"Perception and distortion on {name}", points, COLUMNS, summary)
    return MeasuredSet(name, count, mean_cells(models), drawn)


def _training(training: Mapping[str, pd.DataFrame], bicubic: Mapping[str, float]) -> dict[str, list[Chart]]:
    """Every stage's charts: the content loss, what validation measured, the losses against the discriminator."""
    levels = {metric: [v for curve in training.values() for v in curve[metric].dropna()] for metric in WATCHED}
    charts = {}
    for stage, curve in training.items():
        last = curve["iteration"].max()
        adversaries = sorted(curve.columns[curve.columns.str.endswith("_loss")].drop("content_loss"))
        drawn = [curves("Content loss", {"content loss": _line(curve, "content_loss")}, stage, last, log=True)]
        for metric in WATCHED:  # comparable between stages, so on one axis
            line = {METRICS[metric].name: _line(curve, metric)}
            title = f"Validation: {METRICS[metric].label}"
            drawn.append(curves(title, line, stage, last, bicubic.get(metric), around=levels[metric]))
        losses = {name.removesuffix("_loss"): _line(curve, name) for name in adversaries}
        drawn.append(curves("Adversarial losses", losses, stage, last))
        charts[stage] = [chart for chart in drawn if chart]
    return charts


def _line(curve: pd.DataFrame, name: str) -> pd.DataFrame:
    return curve.loc[np.isfinite(curve[name]), ["iteration", name]]


def _plain(markdown: str) -> str:
    """A sentence of table.md without links and emphasis, because the page has no links to elsewhere."""
    return re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", markdown).replace("*", "").replace("`", "")
