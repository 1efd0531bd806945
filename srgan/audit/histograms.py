"""Histograms for the page on the photographs: matplotlib draws them as SVG, in the page's own colours and fonts."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import NamedTuple

import matplotlib.style
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

BINS = 24
WIDTH, HEIGHT = 300.0, 150.0  # SVG units, which are matplotlib's points at DPI
DPI = 72
LEAST = 0.01  # a logarithmic axis begins here
# matplotlib knows no CSS variables: for each one that the page defines it draws in a colour of its own.
COLOURS = {name: f"#{number:06x}" for number, name in enumerate(("accent", "ink", "soft", "line"), start=1)}
LOOKS = {
    "svg.fonttype": "none",  # text stays text
    "figure.dpi": DPI,
    "font.size": 10.5,
    "axes.edgecolor": COLOURS["soft"],
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.axisbelow": True,
    "grid.color": COLOURS["line"],
    "xtick.bottom": False,
    "ytick.left": False,
    "xtick.labelcolor": COLOURS["soft"],
    "ytick.labelcolor": COLOURS["soft"],
}
# What matplotlib writes -> what the page needs. An element's id would be there once for each plot.
FOR_THE_PAGE = {
    r"<!--.*?-->|<metadata>.*?</metadata>|<defs>.*?</defs>": "",
    r" id=\"[^\"]*\"| clip-path=\"[^\"]*\"| transform=\"rotate\(-0 [^\"]*\"": "",
    r"font-family: [^;\"]*": "font-family: var(--sans)",
    r"\s*\n\s*": "\n",
} | {f"{colour}\\b": f"var(--{name})" for name, colour in COLOURS.items()}


class Figures(NamedTuple):
    """What is drawn of one figure."""

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
        if figures.log:
            axis.set_xscale("log")
            decades = np.log10(edges[-1] / edges[0])
            axis.xaxis.set_major_locator(LogLocator(subs=(1,) if decades > 1.7 else (1, 2, 5)))
            axis.xaxis.set_minor_locator(NullLocator())
        else:
            axis.xaxis.set_major_locator(MaxNLocator(6))
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))
        axis.set_xlim(edges[0], edges[-1])
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return Histogram(figures.title, _summary(figures), _for_the_page(file.getvalue()))


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


def _for_the_page(svg: str) -> str:
    text = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]
    for pattern, replacement in FOR_THE_PAGE.items():
        text = re.sub(pattern, replacement, text, flags=re.DOTALL)
    return text.strip()
