"""The front, against its definition."""

from hypothesis import given
from hypothesis import strategies as st

from srgan.experiments.front import front

FEW = st.integers(0, 5)  # so that coordinates are often equal


def dominates(a, b):
    """As good in both coordinates, and better in one."""
    return a[0] >= b[0] and a[1] <= b[1] and a != b


@given(st.lists(st.tuples(FEW, FEW) | st.tuples(st.floats(20, 40), st.floats(0, 2)), max_size=40))
def test_it_is_those_that_no_other_dominates_in_the_order_of_both_coordinates(places):
    points = dict(enumerate(places))
    found = front(points)
    assert set(found) == {key for key, a in points.items() if not any(dominates(b, a) for b in places)}
    assert len(found) == len(set(found))
    for coordinate in (0, 1):
        values = [points[key][coordinate] for key in found]
        assert values == sorted(values)


def test_of_two_in_one_place_both_are_on_it():
    assert set(front({"a": (30, 0.5), "b": (30, 0.5), "c": (30, 0.6), "d": (29, 0.5)})) == {"a", "b"}
