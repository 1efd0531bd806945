"""Plots as geometry in SVG's units, for a template to draw: ticks, lines, and labels that do not cover each other."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.ticker import LogLocator, MaxNLocator

MOST_POINTS = 240  # of a line: more than its pixels; longer curves are averaged in so many bins
PADDING = 0.06  # of the data's range, left free on each side
LETTER, LINE = 7.2, 15.0  # a generous letter's width and the height of a line of text, in SVG units
MARKER = 8.0  # half of the square that a point keeps free
LEADER = 16.0  # a label farther away than this gets a line to its point
COMPASS = ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (-1, -1), (1, 1), (-1, 1))


class Tick(NamedTuple):
    """A mark on an axis."""

    place: float
    text: str


class Label(NamedTuple):
    """A point of the plane with the place of its text."""

    key: str
    x: float
    y: float
    text: str
    text_x: float  # the text's middle
    text_y: float
    leader: bool  # so far away that a line is wanted


@dataclass(frozen=True)
class Scale:
    """A way from data to SVG units along one axis.

    Args:
        low: the least value.
        high: the greatest value.
        start: where `low` lies, in SVG units.
        stop: where `high` lies.
        log: whether equal ratios, not differences, have equal lengths; both values are then above 0.
    """

    low: float
    high: float
    start: float
    stop: float
    log: bool = False

    @classmethod
    def of(cls, values: Iterable[float], start: float, stop: float, log: bool = False, padding: float = 0.0) -> Scale:
        """A scale on which all values fit; `padding` is left free beyond them, as a part of their range."""
        finite = [float(value) for value in values if math.isfinite(value)]
        low, high = min(finite), max(finite)
        log = log and low > 0
        if low == high:
            low, high = (low / 2, high * 2) if log else (low - 1, high + 1)
        if log:
            room = (high / low) ** padding
            return cls(low / room, high * room, start, stop, log)
        room = (high - low) * padding
        return cls(low - room, high + room, start, stop)

    def place(self, value: float) -> float:
        """Where a value lies, to a hundredth of a unit."""
        low, high, value = (math.log(v) if self.log else v for v in (self.low, self.high, value))
        return round(self.start + (value - low) / (high - low) * (self.stop - self.start), 2)

    def ticks(self, count: int) -> list[Tick]:
        """Round values inside the axis, about `count`."""
        inside: list[float] = []
        if self.log:
            values = LogLocator(subs=(1, 2, 5), numticks=99).tick_values(self.low, self.high)
            inside = [v for v in values if self.low <= v <= self.high]
            inside = inside[:: -(-len(inside) // (count + 1)) or 1]
        if len(inside) < 2:
            values = MaxNLocator(count, steps=(1, 2, 2.5, 5, 10)).tick_values(self.low, self.high)
            inside = [v for v in values if self.low <= v <= self.high]
        return [Tick(self.place(value), _number(value)) for value in inside]


@dataclass(frozen=True)
class Frame:
    """The rectangle that data are drawn in, inside a picture of `width` x `height` SVG units."""

    width: float
    height: float
    left: float
    top: float
    right: float
    bottom: float


SMALL = Frame(width=256, height=150, left=42, top=8, right=248, bottom=126)
PLANE = Frame(width=360, height=320, left=36, top=26, right=354, bottom=278)


@dataclass(frozen=True)
class Curves:
    """Lines over the iterations of a training stage."""

    frame: Frame
    title: str
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    lines: dict[str, str]  # name -> points, as SVG's polyline wants them
    rule: float | None  # where a level to compare with lies
    summary: str  # the curve in words


@dataclass(frozen=True)
class Plane:
    """A point for each model."""

    frame: Frame
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    labels: list[Label]
    summary: str


def curves(
    title: str,
    lines: Mapping[str, pd.DataFrame],
    last: float,
    rule: float | None = None,
    log: bool = False,
    around: Iterable[float] = (),
) -> Curves | None:
    """Draw lines over one pair of axes.

    Args:
        title: what is drawn, with its unit.
        lines: name -> a frame of two columns: iterations and finite values.
        last: the iteration where the axis ends; it begins at 0.
        rule: bicubic's level, to compare with.
        log: a logarithmic axis, where the values allow it.
        around: further values that have to fit the axis, as those of a chart to compare with.

    Returns:
        `Curves`, or None where there is no value.
    """
    thin = {name: _thinned(frame.to_numpy(dtype=np.float64)) for name, frame in lines.items() if len(frame)}
    if not thin:
        return None
    x = Scale.of((0, last), SMALL.left, SMALL.right)
    values = [*np.concatenate([line[:, 1] for line in thin.values()]), *around, *([] if rule is None else [rule])]
    y = Scale.of(values, SMALL.bottom, SMALL.top, log, PADDING)
    words = []
    for name, line in thin.items():
        (start, before), (end, after) = line[0], line[-1]
        words.append(f"{name} from {before:.4g} at iteration {start:.0f} to {after:.4g} at {end:.0f}")
    if rule is not None:
        words.append(f"bicubic {rule:.4g}")
    return Curves(
        SMALL,
        title,
        x.ticks(4),
        y.ticks(4),
        {name: " ".join(f"{x.place(a)},{y.place(b)}" for a, b in line) for name, line in thin.items()},
        None if rule is None else y.place(rule),
        f"{title}: {'; '.join(words)}.",
    )


def plane(points: Mapping[str, tuple[float, float]], names: Mapping[str, str], summary: str) -> Plane | None:
    """Put models on a plane, each with its name.

    Args:
        points: model -> (x, y); a model with a value that is not finite has no place and is left out.
        names: model -> what to write beside it.
        summary: the plot in words.

    Returns:
        The plot, or None where no model has a place.
    """
    points = {model: point for model, point in points.items() if np.isfinite(point).all()}
    if not points:
        return None
    x = Scale.of((point[0] for point in points.values()), PLANE.left, PLANE.right, padding=2 * PADDING)
    y = Scale.of((point[1] for point in points.values()), PLANE.bottom, PLANE.top, padding=2 * PADDING)
    places = {model: (x.place(a), y.place(b)) for model, (a, b) in points.items()}
    return Plane(PLANE, x.ticks(5), y.ticks(5), _labelled(places, names), summary)


def _thinned(line: np.ndarray) -> np.ndarray:
    """Means of neighbouring points, (n, 2) to at most (MOST_POINTS, 2)."""
    if len(line) <= MOST_POINTS:
        return line
    return np.array([part.mean(axis=0) for part in np.array_split(line, MOST_POINTS)])


def _labelled(places: Mapping[str, tuple[float, float]], names: Mapping[str, str]) -> list[Label]:
    """Give every point's name the nearest place where it covers no point, no other name and no edge."""
    taken = [_box(x, y, MARKER, MARKER) for x, y in places.values()]
    frame = (PLANE.left, PLANE.top, PLANE.right, PLANE.bottom)
    labels = []
    for model, (x, y) in places.items():
        half = len(names[model]) * LETTER / 2
        candidates = [
            _box(x + dx * (distance + half), y + dy * (distance + LINE / 2), half, LINE / 2)
            for distance, (dx, dy) in product((MARKER, 18.0, 30.0, 44.0, 60.0, 78.0), COMPASS)
        ]
        free = (box for box in candidates if _within(box, frame) and not any(_overlap(box, other) for other in taken))
        box = next(free, candidates[0])
        taken.append(box)
        text_x, text_y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        gap = math.hypot(max(abs(text_x - x) - half, 0), max(abs(text_y - y) - LINE / 2, 0))
        labels.append(Label(model, x, y, names[model], round(text_x, 2), round(text_y, 2), gap > LEADER))
    return labels


def _box(x: float, y: float, half_width: float, half_height: float) -> tuple[float, float, float, float]:
    return x - half_width, y - half_height, x + half_width, y + half_height


def _overlap(a: Sequence[float], b: Sequence[float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _within(inner: Sequence[float], outer: Sequence[float]) -> bool:
    return inner[0] >= outer[0] and inner[1] >= outer[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


def _number(value: float) -> str:
    """A tick's value without the noise of its last digits: −50, 0.0125, 20k, 1.5M."""
    size, unit = next(((size, unit) for size, unit in ((1e6, "M"), (1e4, "k")) if abs(value) >= size), (1, ""))
    return f"{value / (1e3 if unit == 'k' else size):.6g}{unit}".replace("-", "−")
