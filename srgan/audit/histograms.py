"""Histograms for the page on the photographs: matplotlib draws them as SVG, in the page's own colours and fonts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import matplotlib.style
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator, ScalarFormatter

from srgan.report.page_parts import DPI, looks, stand_ins, svg_elements

BINS = 24
WIDTH, HEIGHT = 300.0, 150.0  # SVG units
LEAST = 0.01  # a logarithmic axis begins here
EVEN = 0.7  # decades up to which a logarithmic axis has ticks at even steps
COLOURS = stand_ins("accent", "ink", "soft", "line")
LOOKS = looks(COLOURS) | {"font.size": 10.5}


class Figures(NamedTuple):
    """The values that one histogram shows."""

    title: str
    log: bool
    bounds: tuple[float, float] | None  # of the axis; None: those of the values
    train: Sequence[float]
    benchmarks: Sequence[float]
    accepted: Sequence[float]  # quantiles, rising


class Histogram(NamedTuple):
    """A plot without its title and its key, which the page writes above it."""

    title: str
    summary: str  # in words
    drawing: str  # SVG elements, WIDTH x HEIGHT


def histogram(figures: Figures) -> Histogram | None:
    """Draw how many photographs have what figure; None where there are none.

    Bars are the training set's shares, the outline is that of the benchmarks together, and the line above is from the
    5th to the 95th percentile of the accepted report, with a mark at its median.
    """
    if not figures.train:
        return None
    least = LEAST if figures.log else -np.inf
    train, benchmarks, accepted = (
        np.maximum(each, least) for each in (figures.train, figures.benchmarks, figures.accepted)
    )
    edges = _edges(np.concatenate([train, benchmarks, accepted]), figures.log, figures.bounds)
    with matplotlib.style.context(["default", LOOKS]):  # whatever the user's matplotlibrc says
        figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI))
        axis = figure.add_axes((0.12, 0.16, 0.84, 0.82))
        bars = _shares(train, edges)
        axis.bar(edges[:-1], bars, np.diff(edges) * 0.92, align="edge", color=COLOURS["accent"])
        tallest = bars.max()
        if len(benchmarks):
            outline = _shares(benchmarks, edges)
            axis.stairs(outline, edges, color=COLOURS["ink"], linewidth=1.2)
            tallest = max(tallest, outline.max())
        if len(accepted):
            low, middle, high = np.percentile(accepted, (5, 50, 95))
            axis.hlines(1.12 * tallest, low, high, color=COLOURS["soft"], linewidth=1.5)
            axis.vlines(middle, 1.07 * tallest, 1.17 * tallest, color=COLOURS["soft"], linewidth=1.5)
        axis.set_ylim(0, (1.2 if len(accepted) else 1.05) * tallest)
        axis.set_yticks([tick for tick in MaxNLocator(3).tick_values(0, tallest) if tick <= tallest])
        axis.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.0f} %"))
        axis.grid(axis="y")
        decades = np.log10(edges[-1] / edges[0]) if figures.log else 0
        if figures.log:
            axis.set_xscale("log")
        if decades > EVEN:
            axis.xaxis.set_major_locator(LogLocator(subs=(1,) if decades > 1.7 else (1, 2, 5)))
            axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))
        else:
            axis.xaxis.set_major_locator(MaxNLocator(5, steps=(1, 2, 2.5, 5, 10)))
            axis.xaxis.set_major_formatter(ScalarFormatter())  # all ticks with the same decimals
        axis.xaxis.set_minor_locator(NullLocator())
        axis.set_xlim(edges[0], edges[-1])
        drawing = svg_elements(figure, COLOURS)
    return Histogram(figures.title, _summary(figures), drawing)


def _edges(values: np.ndarray, log: bool, bounds: tuple[float, float] | None) -> np.ndarray:
    low, high = bounds or (float(values.min()), float(values.max()))
    if log:
        if high < 2 * low:
            low, high = low / 2, high * 2
        return np.geomspace(low, high, BINS + 1)
    return np.linspace(low, max(high, low + 1), BINS + 1)


def _shares(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    return np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0] / len(values)


def _summary(figures: Figures) -> str:
    """The middle and the bulk of each, for those who do not see the plot."""
    words = []
    for name, values in (
        ("training", figures.train),
        ("benchmarks", figures.benchmarks),
        ("accepted", figures.accepted),
    ):
        if len(values):
            low, middle, high = np.percentile(values, (5, 50, 95))
            words.append(f"{name}: median {middle:.4g}, nine tenths between {low:.4g} and {high:.4g}")
    return f"{figures.title}. {'; '.join(words)}."
