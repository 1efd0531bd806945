"""Experiments on one HTML page that needs nothing else: a plane with its front, details on hover, a table to sort."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PIL import Image

from srgan.experiments.front import front
from srgan.experiments.plane import Plane, plane
from srgan.experiments.read import Comparison, Experiment, varying
from srgan.experiments.sets import split_by_photographs
from srgan.metrics.score import METRICS, PLANE, in_tables, printed
from srgan.names import NAMES
from srgan.pipeline import TRAINING_STAGES
from srgan.report.page_parts import data_uri, templates

GENERATOR = '<meta name="generator" content="srgan compare">'  # identifies a page that this command wrote
DETAIL = 128  # px: of a larger picture the middle is shown
QUALITY = 90  # WebP's, of 100: a seventh of the bytes that it needs without loss
ABSENT = "–"


@dataclass(frozen=True)
class Cell:
    """A value of the table, and what it is sorted by: a number, or a text where `order` is empty."""

    text: str
    order: str = ""


@dataclass(frozen=True)
class Row:
    """An experiment in a table, and its point on the plane."""

    number: int  # the same on every plane
    name: str
    kind: str
    on_front: bool
    settings: list[Cell]
    figures: list[Cell]
    picture: int | None  # its place among the page's pictures
    target: int | None
    twins: str  # other experiments with the same two figures
    x: float
    y: float


@dataclass(frozen=True)
class Section:
    """A network on a benchmark set."""

    set_name: str
    model: str
    plane: Plane
    settings: list[str]  # that the network depends on and that differ between the rows
    headers: list[str]
    sorted_by: str
    rows: list[Row]
    chosen: int  # number of the experiment shown first: the middle of the front


def render(comparison: Comparison, sets: Sequence[str]) -> str:
    """The page; the same experiments give the same text.

    Args:
        comparison: the experiments, and what was left out.
        sets: the benchmark sets to show, each of some experiment.
    """
    pictures = _Pictures()
    settings = varying(comparison.experiments)
    experiments, names = split_by_photographs(comparison.experiments)
    shown = [name for each in sets for name in names[each]]
    sections = [
        _section(experiments, name, model, list(settings), pictures)
        for name in shown
        for model in _models(experiments, name)
    ]
    return (
        templates("srgan.experiments")
        .get_template("compare.html.j2")
        .render(
            generator=GENERATOR,
            head=comparison.head[:7],
            count=sum(experiment.kind == "experiment" for experiment in comparison.experiments),
            settings=settings,
            sets=shown,
            unlike=[each for each in sets if len(names[each]) > 1],
            models=list(dict.fromkeys(section.model for section in sections)),
            titles=NAMES,
            sections=sections,
            photograph=next((e.photograph for e in comparison.experiments if e.photograph), ""),
            pictures=pictures.sources,
            baseline_pictures=_of_baseline(comparison.experiments, pictures),
            left_out=comparison.reasons(),
            quality=QUALITY,
        )
    )


class _Pictures:
    """The page's pictures, each once, however many experiments have it."""

    def __init__(self) -> None:
        self.sources: list[str] = []  # data URIs
        self._numbers: dict[bytes, int] = {}

    def number(self, experiment: Experiment, column: str) -> int | None:
        """A picture's place among `sources`; None where the experiment has none."""
        png = experiment.pictures.get(column)
        if png is None:
            return None
        if png not in self._numbers:
            self._numbers[png] = len(self.sources)
            self.sources.append(_data_uri(png))
        return self._numbers[png]


def _data_uri(png: bytes) -> str:
    """The middle of a picture, as WebP."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    left, top = (max(side - DETAIL, 0) // 2 for side in picture.size)
    middle = picture.crop((left, top, left + min(picture.width, DETAIL), top + min(picture.height, DETAIL)))
    return data_uri(middle, "WEBP", quality=QUALITY)


def _of_baseline(experiments: Sequence[Experiment], pictures: _Pictures) -> dict[str, int]:
    """Model -> the first baseline's picture."""
    baseline = next((e for e in experiments if e.kind == "baseline"), None)
    numbers = {model: pictures.number(baseline, model) for model in TRAINING_STAGES} if baseline else {}
    return {model: number for model, number in numbers.items() if number is not None}


def _models(experiments: Sequence[Experiment], set_name: str) -> list[str]:
    """The networks whose figures differ between experiments; all, where none does."""
    places = {model: set(_points(experiments, set_name, model).values()) for model in TRAINING_STAGES}
    there = [model for model in TRAINING_STAGES if places[model]]
    return [model for model in there if len(places[model]) > 1] or there


def _points(experiments: Sequence[Experiment], set_name: str, model: str) -> dict[int, tuple[float, float]]:
    """Number of the experiment -> its place on the plane; none where a figure is missing or not finite."""
    points = {}
    for number, experiment in enumerate(experiments):
        row = experiment.means.get(set_name, {}).get(model, {})
        x, y = (row.get(metric, math.nan) for metric in PLANE)
        if math.isfinite(x) and math.isfinite(y):
            points[number] = (x, y)
    return points


def _section(
    experiments: Sequence[Experiment], set_name: str, model: str, settings: Sequence[str], pictures: _Pictures
) -> Section:
    points = _points(experiments, set_name, model)
    best = front(points)
    laid_out = plane(points, best)
    rows_of = {number: experiments[number].means[set_name][model] for number in points}
    texts = {metric: {printed(metric, row.get(metric, math.nan)) for row in rows_of.values()} for metric in METRICS}
    shown = in_tables([metric for metric in METRICS if metric in PLANE or len(texts[metric]) > 1])
    settings = _settings([experiments[number] for number in points], model, settings)
    twins: dict[tuple[float, float], list[str]] = {}
    for number, point in points.items():
        twins.setdefault(point, []).append(experiments[number].name)
    rows = []
    for number in sorted(points, key=lambda number: (-points[number][0], points[number][1])):
        experiment = experiments[number]
        rows.append(
            Row(
                number,
                experiment.name,
                experiment.kind,
                number in best,
                [_setting(experiment.settings.get(name)) for name in settings],
                [_figure(metric, rows_of[number].get(metric, math.nan)) for metric in shown],
                pictures.number(experiment, model),
                pictures.number(experiment, "target"),
                ", ".join(name for name in twins[points[number]] if name != experiment.name),
                *laid_out.places[number],
            )
        )
    headers = [METRICS[metric].header for metric in shown]
    first = headers[shown.index(PLANE[0])]
    return Section(set_name, model, laid_out, list(settings), headers, first, rows, best[len(best) // 2])


def _settings(experiments: Sequence[Experiment], model: str, names: Sequence[str]) -> list[str]:
    """The settings of `names` in which experiments differ, without those of stages that a network needs nothing of."""
    unneeded = set(TRAINING_STAGES).difference(*(_needed(model, experiment.settings) for experiment in experiments))
    differing = varying(experiments)
    return [name for name in names if name in differing and name.partition(".")[0] not in unneeded]


def _needed(stage: str, settings: Mapping[str, str]) -> set[str]:
    """The training stages that a network comes of; all, where an earlier version does not say what it starts from."""
    needed: set[str] = set()
    while stage in TRAINING_STAGES and stage not in needed:
        needed.add(stage)
        if f"{stage}.init" not in settings:
            return set(TRAINING_STAGES)
        stage = settings[f"{stage}.init"]
    return needed


def _setting(value: str | None) -> Cell:
    if value is None:
        return Cell(ABSENT)
    try:
        return Cell(value, f"{float(value):.10g}")
    except ValueError:
        return Cell(value)


def _figure(metric: str, value: float) -> Cell:
    return Cell(printed(metric, value), "" if math.isnan(value) else f"{value:.6f}")
