"""The perception-distortion plane as SVG that takes the page's colours and font, and where its points lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib.style
import numpy as np
from matplotlib.figure import Figure

from srgan.metrics.score import METRICS, PLANE
from srgan.report.page_parts import DPI, looks, stand_ins, svg_elements

WIDTH, HEIGHT = 380, 320  # SVG units
LEFT, BOTTOM, RIGHT, TOP = 42, 42, 374, 298  # of the frame, from the lower left corner
MARGIN = 0.07  # of the figures' range, left free on each side
COLOURS = stand_ins("soft", "line", "c")  # c: the network's
LOOKS = looks(COLOURS) | {"font.size": 11}


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
    with matplotlib.style.context(["default", LOOKS]):  # whatever the user's matplotlibrc says
        figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI))
        frame = (LEFT / WIDTH, BOTTOM / HEIGHT, (RIGHT - LEFT) / WIDTH, (TOP - BOTTOM) / HEIGHT)
        axes = figure.add_axes(frame, frameon=False)
        axes.set_xmargin(MARGIN)
        axes.set_ymargin(MARGIN)
        axes.update_datalim(list(points.values()))
        axes.autoscale_view()
        axes.locator_params(nbins=6)
        axes.grid(clip_on=False)
        axes.set_xlabel(f"{METRICS[PLANE[0]].label} (better: →)", loc="right")
        axes.set_title(f"{METRICS[PLANE[1]].label} (better: ↓)", loc="left", fontsize=11, x=-0.12)
        # Below and right of this line nothing was reached.
        axes.plot(
            *zip(*(points[key] for key in front), strict=True), color=COLOURS["c"], drawstyle="steps-pre", clip_on=False
        )
        places = axes.transData.transform(list(points.values())) * (1, -1) + (0, HEIGHT)
        drawing = svg_elements(figure, COLOURS)
    return Plane(WIDTH, HEIGHT, drawing, dict(zip(points, _rounded(places), strict=True)))


def _rounded(places: np.ndarray) -> list[tuple[float, float]]:
    return [(round(float(x), 2), round(float(y), 2)) for x, y in places]
