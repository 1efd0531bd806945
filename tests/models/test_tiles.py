"""Tiles: each pixel once, seen with its surroundings; see also tests/inference/test_network.py."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from srgan.models.tiles import assemble, plan


@given(st.integers(1, 90), st.integers(1, 90), st.integers(16, 40), st.integers(0, 20))
def test_parts_cover_a_picture_once_and_see_their_surroundings(height, width, tile, radius):
    covered = np.zeros((height, width), int)
    shapes = set()
    for part, seen in plan(height, width, tile, radius):
        covered[part.top : part.top + part.height, part.left : part.left + part.width] += 1
        assert max(part.height, part.width) <= tile
        shapes.add((part.height, part.width))
        for start, size, outer, outer_size, length in (
            (part.top, part.height, seen.top, seen.height, height),
            (part.left, part.width, seen.left, seen.width, width),
        ):
            assert outer == max(0, start - radius)
            assert outer + outer_size == min(length, start + size + radius)
    assert (covered == 1).all()
    assert len(shapes) <= 4


def test_a_whole_is_assembled_from_the_largest_part_on():
    lr = np.random.default_rng(0).uniform(size=(37, 53, 3)).astype("float32")
    seen_sizes = []

    def double(seen):
        seen_sizes.append(seen.height * seen.width)
        return lr[seen.slices].repeat(2, 0).repeat(2, 1)

    sr = assemble(double, lr.shape[:2], 16, 3, 2)
    np.testing.assert_array_equal(sr, lr.repeat(2, 0).repeat(2, 1))
    assert seen_sizes == sorted(seen_sizes, reverse=True)
    assert len(seen_sizes) == 3 * 4
