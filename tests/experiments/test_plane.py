"""The plane: points lie where the axes say, and the front is the border of what was reached."""

import re

import pytest

from srgan.experiments.front import front
from srgan.experiments.plane import plane

POINTS = {7: (31.0, 0.80), 3: (31.5, 0.82), 9: (32.0, 0.90), 4: (31.2, 0.95)}


def ticks(drawing, anchor):
    """Place -> value, of the axis whose labels have this anchor: of x their middle, of y their end."""
    grid = {"middle": r"M ([\d.]+) [\d.]+\nL \1 [\d.]+", "end": r"M [\d.]+ ([\d.]+)\nL [\d.]+ \1"}[anchor]
    grid += r'\n" style="fill: none; stroke: var\(--line\)'
    labels = re.findall(rf'text-anchor: {anchor}; fill: var\(--soft\)"[^>]*>(−?[\d.]+)<', drawing)
    return dict(zip(map(float, re.findall(grid, drawing)), map(float, labels), strict=True))


@pytest.mark.parametrize(("axis", "anchor"), [(0, "middle"), (1, "end")])
def test_points_lie_where_the_ticks_say(axis, anchor):
    laid_out = plane(POINTS, front(POINTS))
    marks = ticks(laid_out.drawing, anchor)
    assert len(marks) >= 3
    (first, low), *_, (last, high) = marks.items()
    for number, place in laid_out.places.items():
        value = low + (place[axis] - first) / (last - first) * (high - low)
        assert value == pytest.approx(POINTS[number][axis], abs=1e-4)


def test_the_front_goes_through_its_points_and_turns_below_right_of_nothing():
    laid_out = plane(POINTS, front(POINTS))
    (path,) = re.findall(r'd="([^"]*)" style="fill: none; stroke: var\(--c\)', laid_out.drawing)
    corners = [tuple(map(float, pair)) for pair in re.findall(r"([\d.]+) ([\d.]+)", path)]
    a, b, c = (laid_out.places[number] for number in (7, 3, 9))
    expected = [a, (a[0], b[1]), b, (b[0], c[1]), c]
    assert corners == [pytest.approx(corner, abs=0.01) for corner in expected]


@pytest.mark.parametrize(
    "points", [{0: (30.0, 0.5)}, {0: (30.0, 0.5), 1: (30.0, 0.5)}, {0: (30, 0.5), 1: (30.000001, 0.5)}]
)
def test_a_single_place_is_a_plane_too(points):
    laid_out = plane(points, front(points))
    for x, y in laid_out.places.values():
        assert 0 < x < laid_out.width
        assert 0 < y < laid_out.height


def test_two_planes_on_a_page_share_no_name_and_take_its_style():
    drawing = plane(POINTS, front(POINTS)).drawing
    assert plane(POINTS, front(POINTS)).drawing == drawing
    assert not re.search(r"\bid=|#|url\(", drawing)
    assert set(re.findall(r"font-family: ([^;]*)", drawing)) == {"var(--sans)"}
