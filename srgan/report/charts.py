"""Plots for the page of results: matplotlib draws them as SVG, in the page's own colours and fonts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import product
from typing import NamedTuple

import matplotlib.style
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, LogLocator, MaxNLocator, NullLocator, ScalarFormatter
from matplotlib.transforms import Bbox

from srgan.metrics.score import METRICS, PLANE
from srgan.pipeline import MODELS
from srgan.report.page_parts import DPI, looks, stand_ins, svg_elements

MOST_POINTS = 240  # of a line, more than it has pixels; a longer curve is averaged in this many bins
MARKER = 9.0  # a point's diameter
DISTANCES = (8, 18, 30, 44, 60, 78)  # of a name from its point
LEADER = 30  # a name that is so far away gets a line to its point
COMPASS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
STEPS = (1, 2, 2.5, 5, 10)  # between ticks, times a power of ten

COLOURS = stand_ins("ink", "soft", "line", "paper", *MODELS)
LOOKS = looks(COLOURS) | {
    "font.size": 12,
    "axes.titlesize": "medium",
    "axes.titlelocation": "left",
    "axes.linewidth": 1,
    "axes.grid": True,
    "grid.linewidth": 1,
    "lines.linewidth": 1.6,
    "lines.scale_dashes": False,
    "lines.dashed_pattern": (4, 3),
}
# matplotlib draws a point as the copy of an element, by a name that it would share with another plot's.
POINT = r'<use xlink:href="[^"]*" x=("[^"]*") y='


class Chart(NamedTuple):
    """A plot, without its title and its key, which the page writes above it."""

    title: str
    lines: list[str]  # names, in the order of their colours; empty where points have their names beside them
    rule: bool  # whether there is a level to compare with
    summary: str  # the plot in words
    view: str  # SVG's viewBox
    drawing: str  # SVG elements


def curves(
    title: str,
    lines: Mapping[str, pd.DataFrame],
    model: str,
    last: float,
    rule: float | None = None,
    log: bool = False,
    around: Iterable[float] = (),
) -> Chart | None:
    """Draw lines over the iterations of a training stage.

    Args:
        title: what is drawn, with its unit.
        lines: name -> a frame of two columns: iterations and finite values.
        model: the stage, in whose colour the first line is drawn.
        last: the iteration where the axis ends; it begins at 0.
        rule: bicubic's level, to compare with.
        log: a logarithmic axis, where the values allow it.
        around: further values that must fit on the axis, such as those of a chart it is compared with.

    Returns:
        The plot, or None where there is no value.
    """
    thin = {name: _thinned(frame.to_numpy(dtype=np.float64)) for name, frame in lines.items() if len(frame)}
    if not thin:
        return None
    words = []
    for name, line in thin.items():
        (start, before), (end, after) = line[0], line[-1]
        words.append(f"{name} from {before:.4g} at iteration {start:.0f} to {after:.4g} at {end:.0f}")
    if rule is not None:
        words.append(f"bicubic {rule:.4g}")
    summary = f"{title}: {'; '.join(words)}."

    with matplotlib.style.context(["default", LOOKS, {"font.size": 10.5}]):
        figure, axes = _figure(256, 150, left=42, bottom=24, right=8, top=8)
        axes.set_prop_cycle(color=[COLOURS[model], COLOURS["ink"]], alpha=[1, 0.55])
        for line in thin.values():
            axes.plot(*line.T)
        if rule is not None:
            axes.axhline(rule, color=COLOURS["bicubic"], linestyle="--", linewidth=1.3)
        axes.update_datalim([(0, value) for value in around])
        axes.margins(y=0.06)
        axes.set_xlim(0, last)
        axes.grid(visible=False, axis="x")
        axes.xaxis.set_major_locator(MaxNLocator(4, steps=STEPS, integer=True))
        axes.xaxis.set_major_formatter(EngFormatter(sep=""))
        lowest, highest = axes.dataLim.intervaly
        if log and lowest > 0:
            axes.set_yscale("log")
            axes.yaxis.set_minor_locator(NullLocator())
        if log and 0 < 10 * lowest < highest:
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 3)))
            axes.yaxis.set_major_formatter("{x:g}")
        else:
            axes.yaxis.set_major_locator(MaxNLocator(4, steps=STEPS))
            axes.yaxis.set_major_formatter(ScalarFormatter())
        return _chart(figure, title, list(thin), rule is not None, summary)


def plane(
    title: str, points: Mapping[str, tuple[float, float]], names: Mapping[str, str], summary: str
) -> Chart | None:
    """Put models on a plane of PSNR-Y and perceptual distance, each with its name.

    Args:
        title: what is drawn.
        points: model -> (PSNR-Y, perceptual distance); a model with a value that is not finite is left out.
        names: model -> what to write beside it.
        summary: the plot in words.

    Returns:
        The plot, or None where no model has a place.
    """
    points = {model: point for model, point in points.items() if np.isfinite(point).all()}
    if not points:
        return None
    with matplotlib.style.context(["default", LOOKS]):
        figure, axes = _figure(360, 320, left=36, bottom=42, right=6, top=26)
        across, up = (METRICS[metric].label for metric in PLANE)
        axes.set_title(f"{up} (better: ↓)", x=-0.1)
        axes.set_xlabel(f"{across} (better: →)", loc="right", labelpad=8)
        axes.margins(0.12)
        for model, (x, y) in points.items():
            axes.scatter(x, y, MARKER**2, COLOURS[model], edgecolor=COLOURS["paper"], linewidth=1.5)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(5, steps=STEPS))
        axes.autoscale_view()
        _name_points(axes, points, names)
        return _chart(figure, title, [], False, summary)


def _thinned(line: np.ndarray) -> np.ndarray:
    """Means of neighbouring points, (n, 2) to at most (MOST_POINTS, 2)."""
    if len(line) <= MOST_POINTS:
        return line
    return np.array([part.mean(axis=0) for part in np.array_split(line, MOST_POINTS)])


def _figure(width: float, height: float, left: float, bottom: float, right: float, top: float) -> tuple[Figure, Axes]:
    """A figure with empty axes; sizes and margins are in SVG units."""
    rectangle = (left / width, bottom / height, 1 - (left + right) / width, 1 - (bottom + top) / height)
    figure = Figure((width / DPI, height / DPI))
    axes = figure.add_axes(rectangle)
    return figure, axes


def _name_points(axes: Axes, points: Mapping[str, tuple[float, float]], names: Mapping[str, str]) -> None:
    """Write every point's name at the nearest place where it covers no point, no other name and no edge."""
    places = [axes.transData.transform(point) for point in points.values()]
    taken = [Bbox([place, place]).padded(MARKER / 2) for place in places]
    for model, point in points.items():
        label = axes.annotate(
            names[model], point, (0, 0), textcoords="offset points", color=COLOURS[model], fontweight="bold"
        )
        for distance, (x, y) in product(DISTANCES, COMPASS):
            align = {"ha": ("right", "center", "left")[x + 1], "va": ("top", "center", "bottom")[y + 1]}
            label.set(position=(x * distance, y * distance), **align)
            box = label.get_window_extent()
            if not box.count_overlaps(taken) and axes.bbox.contains(*box.min) and axes.bbox.contains(*box.max):
                break
        if distance >= LEADER:
            line = {"arrowstyle": "-", "color": COLOURS[model], "alpha": 0.5}
            axes.annotate("", point, label.get_position(), textcoords="offset points", arrowprops=line)
        taken.append(box.padded(MARKER))


def _chart(figure: Figure, title: str, lines: list[str], rule: bool, summary: str) -> Chart:
    """A plot as elements that can stand in a page several times, with CSS variables for colours."""
    drawing = re.sub(POINT, rf'<circle r="{MARKER / 2}" cx=\1 cy=', svg_elements(figure, COLOURS))
    width, height = figure.bbox.size
    return Chart(title, lines, rule, summary, f"0 0 {width:.0f} {height:.0f}", drawing)
