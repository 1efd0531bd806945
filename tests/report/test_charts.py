"""The geometry of the plots: data lie where the ticks say, labels do not cover each other."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from srgan.report.charts import LETTER, LINE, MARKER, MOST_POINTS, PLANE, SMALL, Scale, curves, plane

finite = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 3))


@given(st.lists(finite, min_size=1, max_size=9), st.booleans())
def test_all_values_lie_on_the_scale_in_their_order(values, log):
    scale = Scale.of(values, 10, 200, log, padding=0.05)
    places = [scale.place(value) for value in sorted(values)]
    assert places == sorted(places)
    assert 10 <= places[0] <= places[-1] <= 200


def test_equal_ratios_are_equal_lengths_on_a_logarithmic_scale():
    scale = Scale.of([0.001, 1], 0, 300, log=True)
    assert [scale.place(value) for value in (0.001, 0.01, 0.1, 1)] == pytest.approx([0, 100, 200, 300])


def test_what_is_not_above_zero_makes_the_scale_linear():
    assert Scale.of([-40.0, 20.0], 0, 60, log=True).place(0) == 40


@pytest.mark.parametrize(
    ("low", "high", "log", "texts"),
    [
        (0, 1500, False, ["0", "500", "1000", "1500"]),
        (0, 1_600_000, False, ["0", "500k", "1M", "1.5M"]),
        (-80, 20, False, ["−75", "−50", "−25", "0"]),
        (0.001, 1, True, ["0.001", "0.005", "0.02", "0.1", "0.5"]),
    ],
)
def test_ticks_are_round_and_lie_at_their_values(low, high, log, texts):
    scale = Scale.of([low, high], 0, 100, log)
    ticks = scale.ticks(4)
    assert [tick.text for tick in ticks] == texts
    values = [float(text.replace("−", "-").replace("k", "e3").replace("M", "e6")) for text in texts]
    assert [tick.place for tick in ticks] == [scale.place(value) for value in values]


@given(finite, st.floats(1e-3, 1e6), st.booleans())
def test_every_axis_has_ticks_on_it(low, width, log):
    places = [tick.place for tick in Scale.of([low, low + width], 0, 100, log).ticks(4)]
    assert 2 <= len(places) <= 10
    assert all(0 <= place <= 100 for place in places)


def test_a_long_curve_is_averaged_to_what_can_be_seen():
    rows = 100_003
    frame = pd.DataFrame({"iteration": np.arange(rows), "loss": np.tile([1.0, 3.0], rows)[:rows]})
    chart = curves("Loss", {"loss": frame}, rows)
    points = np.array([point.split(",") for point in chart.lines["loss"].split()], dtype=float)
    assert len(points) == MOST_POINTS
    assert np.ptp(points[:, 1]) < SMALL.bottom - SMALL.top
    assert (np.diff(points[:, 0]) > 0).all()


def test_a_curve_says_in_words_what_it_shows():
    frame = pd.DataFrame({"iteration": [50, 1500], "psnr_y": [30.72, 31.98]})
    chart = curves("Validation PSNR-Y, dB", {"PSNR-Y": frame}, 1500, rule=31.0918)
    assert chart.summary == (
        "Validation PSNR-Y, dB: PSNR-Y from 30.72 at iteration 50 to 31.98 at 1500; bicubic 31.09."
    )
    assert SMALL.top < chart.rule < SMALL.bottom


def test_no_values_no_chart():
    assert curves("Loss", {}, 100) is None
    assert curves("Loss", {"loss": pd.DataFrame({"iteration": [], "loss": []})}, 100) is None
    assert plane({"gan": (math.inf, 0.0)}, {"gan": "SRGAN"}, "") is None


def test_a_model_without_a_place_is_left_out():
    drawn = plane({"bicubic": (31.0, 4.7), "gan": (math.inf, 0.0)}, {"bicubic": "Input", "gan": "SRGAN"}, "")
    assert [label.key for label in drawn.labels] == ["bicubic"]


@given(st.lists(st.tuples(st.floats(20, 40), st.floats(0, 5)), min_size=5, max_size=5))
def test_names_cover_no_point_and_no_other_name(values):
    names = dict(zip("abcde", ("Input ×4", "SRResNet", "SRGAN, MSE", "SRGAN, random VGG12", "WGAN"), strict=True))
    labels = plane(dict(zip("abcde", values, strict=True)), names, "").labels
    boxes = []
    for label in labels:
        half = len(label.text) * LETTER / 2
        boxes.append((label.text_x - half, label.text_y - LINE / 2, label.text_x + half, label.text_y + LINE / 2))
    markers = [(label.x - MARKER, label.y - MARKER, label.x + MARKER, label.y + MARKER) for label in labels]
    slack = 0.02  # places are rounded
    for i, a in enumerate(boxes):
        assert a[0] >= PLANE.left - slack
        assert a[2] <= PLANE.right + slack
        for b in boxes[i + 1 :] + markers:
            apart = a[2] <= b[0] + slack or b[2] <= a[0] + slack or a[3] <= b[1] + slack or b[3] <= a[1] + slack
            assert apart, (labels, a, b)
