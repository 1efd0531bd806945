"""The histograms: bars of the right height, in the page's own colours."""

import re

import numpy as np
import pytest

from srgan.audit.histograms import COLOURS, Figures, histogram


def draw(train, benchmarks=(), accepted=(), log=False, bounds=None):
    return histogram(Figures("Contrast", log, bounds, list(train), list(benchmarks), list(accepted)))


def bars(drawing):
    """The heights of the bars in SVG units, from left to right."""
    paths = re.findall(r'<path d="([^"]*)" style="fill: var\(--accent\)"', drawing)
    heights = []
    for path in paths:
        y = [float(pair.split()[1]) for pair in re.findall(r"[ML] ([-\d.]+ [-\d.]+)", path)]
        heights.append(max(y) - min(y))
    return heights


def test_bars_are_in_proportion():
    heights = bars(draw([0] * 6 + [24] * 3, bounds=(0, 24)).drawing)
    assert len(heights) == 24
    assert heights[0] == pytest.approx(2 * heights[-1], abs=0.02)  # of two decimals each
    assert sum(heights[1:-1]) == 0


def test_what_is_beyond_the_axis_is_in_its_last_bar():
    heights = bars(draw([-5, 5, 300], bounds=(0, 24)).drawing)
    assert [index for index, height in enumerate(heights) if height] == [0, 5, 23]


@pytest.mark.parametrize("train", [[3.0], [7.0] * 5, [0.0, 0.0], list(np.geomspace(0.001, 1e5, 50))])
@pytest.mark.parametrize("log", [True, False])
def test_any_values_can_be_drawn(train, log):
    drawn = draw(train, [1.0], [2.0, 3.0], log)
    assert "nan" not in drawn.drawing
    assert drawn.summary.startswith("Contrast. training: median")
    assert "benchmarks: median 1, nine tenths between 1 and 1" in drawn.summary


def test_a_short_logarithmic_axis_has_few_ticks_of_the_same_decimals():
    drawing = draw([0.135, 0.24, 0.26, 0.273], log=True).drawing
    texts = re.findall(r">([\d.]+)</text>", drawing)
    assert 3 <= len(texts) <= 6
    assert {len(text) for text in texts} == {4}


def test_of_no_photographs_there_is_no_histogram():
    assert draw([]) is None


def test_colours_and_fonts_are_the_page_s():
    drawing = draw([1, 2, 3], [2], [1, 2]).drawing
    assert set(re.findall(r"var\(--(\w+)\)", drawing)) == {*COLOURS, "sans"}
    assert not re.search(r"#[0-9a-f]{6}|<use|<defs| id=|url\(|https?:", drawing)


def test_the_same_values_give_the_same_bytes():
    assert draw([1, 2, 3], [2], [1, 2]) == draw([1, 2, 3], [2], [1, 2])


def test_bars_are_shares_so_that_sets_of_any_size_can_be_compared():
    train, benchmarks = [0, 1, 1, 5, 24], [3, 3, 20]
    assert draw(20 * train, 10 * benchmarks).drawing == draw(train, benchmarks).drawing
