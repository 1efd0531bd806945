"""Tiles: the same picture as in one piece, from what the network can see and no more."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from srgan.data.images import from_signed
from srgan.inference import tiles
from srgan.inference.network import as_function, bytes_per_pixel, receptive_radius
from srgan.inference.tiles import affordable_tile, enlarge, free_memory, plan
from srgan.models.generator import build_generator, refresh_reference, set_reference


def network(**changes):
    """A generator with random weights everywhere, also where training starts from zeros."""
    keras.utils.set_random_seed(5)
    generator = build_generator(**{"scale": 4, "blocks": 2, "filters": 8, "norm": "batch", "skip": "bicubic"} | changes)
    rng = np.random.default_rng(0)
    set_reference(generator, rng.uniform(size=(3, 6, 6, 3)))
    for weight in generator.trainable_variables:
        weight.assign(weight + rng.normal(0, 0.03, weight.shape))
    refresh_reference(generator)
    return generator


def tiled(function, lr, tile, radius, scale):
    sr = np.full((scale * lr.shape[0], scale * lr.shape[1], 3), np.nan, "float32")

    for place, part in enlarge(lambda seen: function(lr[seen.slices]), plan(*lr.shape[:2], tile, radius), scale):
        sr[place.slices] = part
    return sr


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


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
@pytest.mark.parametrize("skip", ["none", "bicubic"])
def test_the_radius_is_the_one_found_by_changing_a_pixel(scale, skip):
    generator = network(scale=scale, skip=skip)
    radius = receptive_radius(generator)
    size = 2 * radius + 9
    lr = np.full((size, size, 3), 0.5, "float32")
    changed = lr.copy()
    middle = size // 2
    changed[middle, middle] = 1.0
    function = as_function(generator)
    rows = np.flatnonzero((function(changed) != function(lr)).any(axis=(1, 2))) // scale  # in LR pixels
    assert middle - rows.min() <= radius
    assert rows.max() - middle <= radius
    assert middle - rows.min() >= radius - 1  # and not larger than it need be


def test_the_papers_network_sees_forty_pixels():
    """By hand: 9x9, 33 of 3x3 and one more at LR; 3x3 at twice, 9x9 at four times: 4 + 33 + 1 + 1/2 + 1."""
    generator = build_generator(scale=4, blocks=16, filters=64, norm="batch", skip="none")
    assert receptive_radius(generator) == 40


@pytest.mark.parametrize("norm", ["layer", "virtual"])
def test_a_norm_over_the_whole_picture_has_no_radius(norm):
    assert receptive_radius(network(norm=norm, reference=(3, 6, 6, 3) if norm == "virtual" else None)) is None


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
@pytest.mark.parametrize("size", [(1, 1), (33, 70), (64, 64)])
def test_tiled_is_untiled(scale, size):
    generator = network(scale=scale, norm="batch" if scale != 3 else "none")
    lr = np.random.default_rng(2).uniform(size=(*size, 3)).astype("float32")
    function = as_function(generator)
    for tile in (16, 29):
        sr = tiled(function, lr, tile, receptive_radius(generator), scale)
        np.testing.assert_allclose(sr, function(lr), rtol=0, atol=1e-5)


@pytest.mark.parametrize("tile", [32, 57, 100])
def test_tiles_of_the_papers_network_give_the_same_bytes(tile):
    """But for a few widths, where the convolution library sums in another order: there a level differs now and then."""
    generator = network(blocks=16, filters=64)
    lr = np.random.default_rng(2).uniform(size=(90, 110, 3)).astype("float32")
    function = as_function(generator)
    sr = from_signed(tiled(function, lr, tile, receptive_radius(generator), 4)).astype(int)
    difference = np.abs(sr - from_signed(function(lr)))
    if tile == 32:  # the third column of tiles is 68 pixels wide with its surroundings: one of those widths
        assert difference.max() <= 1
        assert (difference > 0).mean() < 1e-4
    else:
        assert not difference.any()


def test_a_radius_too_small_would_show():
    generator = network()
    lr = np.random.default_rng(2).uniform(size=(40, 40, 3)).astype("float32")
    function = as_function(generator)
    short = tiled(function, lr, 16, receptive_radius(generator) - 2, 4)
    assert np.abs(short - function(lr)).max() > 1e-3


def test_tiles_fit_in_half_of_the_free_memory(monkeypatch):
    monkeypatch.setattr(tiles, "free_memory", lambda: 2 * 10_000 * 400)
    assert affordable_tile(20, 20, 10_000, 5) == 20  # all of it, just
    assert affordable_tile(21, 20, 10_000, 5) == tiles.SMALLEST
    monkeypatch.setattr(tiles, "free_memory", lambda: 2 * 10_000 * 200**2)
    assert affordable_tile(1000, 1000, 10_000, 40) == 200 - 2 * 40
    assert affordable_tile(10, 4000, 10_000, 40) == 4000  # a strip of as many pixels


@pytest.mark.parametrize(("limit", "used", "free"), [("3000", "1000", 2000), ("500", "1000", 0), ("max", "1000", None)])
def test_a_container_s_limit_counts(tmp_path, monkeypatch, limit, used, free):
    machine = SimpleNamespace(available=10_000)
    monkeypatch.setattr(tiles.psutil, "virtual_memory", lambda: machine)
    assert free_memory(tmp_path) == machine.available  # no such files: no container
    (tmp_path / "memory.max").write_text(limit + "\n")
    (tmp_path / "memory.current").write_text(used + "\n")
    assert free_memory(tmp_path) == (machine.available if free is None else free)


def test_a_tile_takes_no_more_than_half_a_gibibyte(monkeypatch):
    monkeypatch.setattr(tiles, "free_memory", lambda: 2**50)
    assert affordable_tile(10**5, 10**5, 2**9, 12) == 1024 - 2 * 12


@pytest.mark.parametrize(("dtype", "measured"), [("float32", 1_517), ("mixed_bfloat16", 875)])
def test_bytes_per_pixel_as_measured(dtype, measured):
    """Peak memory of 1024 x 1024 over that of 512 x 512 by their pixels, 16 blocks of 64 filters."""
    generator = build_generator(scale=4, blocks=1, filters=64, norm="batch", skip="bicubic", dtype=dtype)
    assert bytes_per_pixel(generator) == pytest.approx(measured, rel=0.05)
