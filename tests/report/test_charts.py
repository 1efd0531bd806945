"""The plots: data lie where the ticks say, names do not cover each other, and colours are the page's."""

import math
import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageFont

from srgan.pipeline import MODELS
from srgan.report.charts import MARKER, MOST_POINTS, curves, plane

NAMES = dict(zip(MODELS, ("bicubic", "SRResNet", "SRGAN", "a network of a longer name", "WGAN"), strict=True))


def elements(chart):
    return list(ElementTree.fromstring(f"<svg>{chart.drawing}</svg>"))


def corners(path):
    """The points of a path, (n, 2)."""
    return np.array(re.findall(r"[ML] ([\d.]+) ([\d.]+)", path.get("d")), dtype=float)


def number(text):
    return float(text.replace("−", "-").replace("k", "e3").replace("M", "e6"))


def ticks(chart):
    """What is written at both axes, and where: ((values, places) of x, (values, places) of y)."""
    drawn = elements(chart)
    x = [(number(e.text), float(e.get("x"))) for e in drawn if "text-anchor: middle" in e.get("style")]
    y = [
        (number(text.text), corners(line)[0, 1])
        for line, text in pairwise(drawn)
        if "--line" in line.get("style") and "text-anchor: end" in text.get("style")
    ]
    return np.array(x).T, np.array(y).T


def line(chart, colour="gan"):
    return next(corners(e) for e in elements(chart) if e.tag == "path" and f"stroke: var(--{colour})" in e.get("style"))


def frame(iterations, values):
    return pd.DataFrame({"iteration": iterations, "value": values})


@given(
    st.floats(-3, 4).map(lambda power: 10**power),
    st.lists(st.floats(0.001, 1), min_size=2, max_size=9, unique=True),
    st.booleans(),
    st.booleans(),
)
@settings(max_examples=15)
def test_data_lie_where_the_ticks_say(unit, values, below, log):
    values = np.sort(values) * unit * (-1 if below else 1)
    chart = curves("Loss", {"loss": frame(range(1, len(values) + 1), values)}, "gan", len(values), log=log)
    scales = ticks(chart)
    drawn = line(chart)
    measure = np.log if log and not below else np.asarray
    for (texts, places), data, way in zip(
        scales, (range(1, len(values) + 1), values), (np.asarray, measure), strict=True
    ):
        assert 2 <= len(texts) <= 10, texts
        slope, start = np.polyfit(way(texts), places, 1)
        column = 0 if data is not values else 1
        assert drawn[:, column] == pytest.approx(slope * way(data) + start, abs=0.1)


@pytest.mark.parametrize(
    ("last", "values", "log", "x", "y"),
    [
        (1500, (31.0, 32.0), False, ["0", "500", "1k", "1.5k"], ["31.0", "31.5", "32.0"]),
        (1_600_000, (-80, 20), False, ["0", "500k", "1M", "1.5M"], ["−50", "0"]),
        (
            400,
            (0.001, 1),
            True,
            ["0", "100", "200", "300", "400"],
            ["0.001", "0.003", "0.01", "0.03", "0.1", "0.3", "1"],
        ),
        (400, (0.012, 0.016), True, ["0", "100", "200", "300", "400"], ["0.012", "0.014", "0.016"]),
    ],
)
def test_ticks_are_round(last, values, log, x, y):
    chart = curves("Loss", {"loss": frame([1, last], values)}, "gan", last, log=log)
    texts = [e.text for e in elements(chart) if e.tag == "text"]
    assert texts == x + y


def test_a_long_curve_is_averaged_to_what_can_be_seen():
    rows = 100_003
    chart = curves(
        "Loss", {"loss": frame(np.arange(rows), np.tile([1.0, 3.0], rows)[:rows])}, "gan", rows, around=[1, 3]
    )
    drawn = line(chart)
    assert len(drawn) <= MOST_POINTS
    assert (np.diff(drawn[:, 0]) >= 0).all()
    (_, low), (_, high) = ticks(chart)[1].T[[0, -1]]
    assert np.ptp(drawn[:, 1]) < abs(low - high) / 20


def test_a_curve_says_in_words_what_it_shows():
    chart = curves("Validation PSNR-Y, dB", {"PSNR-Y": frame([50, 1500], [30.72, 31.98])}, "gan", 1500, rule=31.0918)
    assert chart.summary == (
        "Validation PSNR-Y, dB: PSNR-Y from 30.72 at iteration 50 to 31.98 at 1500; bicubic 31.09."
    )
    below, above = line(chart)[:, 1]
    assert above < line(chart, "bicubic")[0, 1] < below


def test_no_values_no_chart():
    assert curves("Loss", {}, "gan", 100) is None
    assert curves("Loss", {"loss": frame([], [])}, "gan", 100) is None
    assert plane("", {"gan": (math.inf, 0.0)}, NAMES, "") is None


def test_a_model_without_a_place_is_left_out():
    chart = plane("", {"bicubic": (31.0, 4.7), "gan": (math.inf, 0.0)}, NAMES, "")
    assert [e.get("style").split(";")[0] for e in elements(chart) if e.tag == "circle"] == ["fill: var(--bicubic)"]


def test_what_would_be_there_twice_or_lead_elsewhere_is_left_out():
    chart = curves("", {"loss": frame([1, 2, 3], [1, 3, 2])}, "gan", 3, rule=2, log=True)
    points = plane("", {"bicubic": (31.0, 4.7), "gan": (32.0, 1.0)}, NAMES, "")
    for drawing in (chart.drawing, points.drawing):
        assert not re.search(r"\bid=|href|url\(|<style|#\d", drawing)


@given(st.lists(st.tuples(st.floats(20, 40), st.floats(0, 5)), min_size=5, max_size=5))
@settings(max_examples=15)
def test_names_cover_no_point_and_no_other_name(values):
    font = ImageFont.truetype(Path(matplotlib.get_data_path(), "fonts/ttf/DejaVuSans-Bold.ttf"), 12)
    drawn = elements(plane("", dict(zip(MODELS, values, strict=True)), NAMES, ""))
    points = [(float(e.get("cx")), float(e.get("cy"))) for e in drawn if e.tag == "circle"]
    names = [e for e in drawn if "font-weight: 700" in e.get("style")]
    assert [name.text for name in names] == list(NAMES.values())
    boxes = []
    for name in names:
        anchor = re.search(r"text-anchor: (\w+)", name.get("style"))[1]
        place = (float(name.get("x")), float(name.get("y")))
        left, top, right, bottom = font.getbbox(
            name.text, anchor={"start": "l", "middle": "m", "end": "r"}[anchor] + "s"
        )
        boxes.append((left + place[0], top + place[1], right + place[0], bottom + place[1]))
    markers = [(x - MARKER / 2, y - MARKER / 2, x + MARKER / 2, y + MARKER / 2) for x, y in points]
    slack = 1  # letters are measured in whole pixels
    for i, a in enumerate(boxes):
        assert a[0] >= 36 - slack
        assert a[2] <= 354 + slack
        for b in boxes[i + 1 :] + markers:
            apart = a[2] <= b[0] + slack or b[2] <= a[0] + slack or a[3] <= b[1] + slack or b[3] <= a[1] + slack
            assert apart, (values, a, b)
