"""The perception-distortion plane as SVG that takes the page's colours and font, and where its points lie."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib.style
import numpy as np
from matplotlib.figure import Figure

from srgan.experiments.read import PLACE
from srgan.metrics.score import METRICS

WIDTH, HEIGHT = 380, 320  # SVG units; at 72 dots an inch matplotlib's points are such
LEFT, BOTTOM, RIGHT, TOP = 42, 42, 374, 298  # of the frame, from the lower left corner
MARGIN = 0.07  # of the figures' range, left free on each side
STYLE = {"svg.fonttype": "none", "font.size": 11, "figure.dpi": 72}
# What is drawn in these colours takes the page's, which differ between light and dark.
COLOURS = {"#000001": "var(--soft)", "#000002": "var(--line)", "#000003": "var(--c)"}
SOFT, LINE, MODEL = COLOURS


@dataclass(frozen=True)
class Plane:
    """Axes and front, and a place for every point, all in SVG units from the upper left corner."""

    width: int
    height: int
    drawing: str  # SVG elements
    places: dict[int, tuple[float, float]]


def plane(points: Mapping[int, tuple[float, float]], front: Sequence[int]) -> Plane:
    """Lay points out on a plane and draw its axes and the front; the same points give the same text.

    Args:
        points: number -> (PSNR-Y in dB, perceptual distance), finite, at least one.
        front: those on the front, from the least PSNR-Y to the greatest: `srgan.experiments.front`.
    """
    with matplotlib.style.context(["default", STYLE]):  # whatever the user's matplotlibrc says
        figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72), dpi=72)
        frame = (LEFT / WIDTH, BOTTOM / HEIGHT, (RIGHT - LEFT) / WIDTH, (TOP - BOTTOM) / HEIGHT)
        axes = figure.add_axes(frame, frameon=False)
        axes.set_xmargin(MARGIN)
        axes.set_ymargin(MARGIN)
        axes.update_datalim(list(points.values()))
        axes.autoscale_view()
        axes.ticklabel_format(useOffset=False)
        axes.locator_params(nbins=6)
        axes.tick_params(bottom=False, left=False, labelcolor=SOFT)
        axes.grid(color=LINE, clip_on=False)
        axes.set_xlabel(f"{METRICS[PLACE[0]].label} (better: →)", color=SOFT, loc="right")
        axes.set_title(f"{METRICS[PLACE[1]].label} (better: ↓)", color=SOFT, loc="left", fontsize=11, x=-0.12)
        # Below and right of this line nothing was reached.
        axes.plot(*zip(*(points[key] for key in front), strict=True), color=MODEL, drawstyle="steps-pre", clip_on=False)
        places = axes.transData.transform(list(points.values())) * (1, -1) + (0, HEIGHT)
        file = io.StringIO()
        figure.savefig(
            file, format="svg", transparent=True, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type"))
        )
    return Plane(WIDTH, HEIGHT, _for_a_page(file.getvalue()), dict(zip(points, _rounded(places), strict=True)))


def _rounded(places: np.ndarray) -> list[tuple[float, float]]:
    return [(round(float(x), 2), round(float(y), 2)) for x, y in places]


def _for_a_page(svg: str) -> str:
    """What is inside matplotlib's <svg>, without what would meet the same of another plane, or the page's style."""
    (inside,) = re.findall(r"<svg[^>]*>(.*)</svg>", svg, flags=re.DOTALL)
    inside = re.sub(r"<defs>.*?</defs>\s*| id=\"[^\"]*\"|font-family: [^;\"]*;? ?", "", inside, flags=re.DOTALL)
    return re.sub("|".join(COLOURS), lambda match: COLOURS[match[0]], inside)
