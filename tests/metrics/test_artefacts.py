"""The measures of faults, on pictures made to have them."""

import itertools
import math

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from skimage import data

from srgan.data.resize import crop_to_multiple, enlarge, shrink
from srgan.metrics.artefacts import halo, mesh
from srgan.metrics.distortion import luma

CHELSEA = crop_to_multiple(data.chelsea(), 8)


def smooth(side=128):
    """A slope, as of a sky: (side, side) levels."""
    return np.add.outer(np.linspace(90, 110, side), np.linspace(0, 10, side))


def contour(side=96):
    """Dark on the left, light on the right."""
    plane = np.full((side, side), 60.0)
    plane[:, side // 2 :] = 180
    return plane


@pytest.mark.parametrize("scale", [2, 4, 8])
def test_a_checkerboard_of_one_level_is_a_mesh_of_one_level(scale):
    hr = smooth(16 * 8)
    checkerboard = 1 - 2 * (np.indices(hr.shape).sum(axis=0) % 2)
    assert mesh(hr + checkerboard, hr, scale) == pytest.approx(1)
    assert mesh(hr - 3 * checkerboard, hr, scale) == pytest.approx(3)


def test_every_pattern_of_the_sub_pixels_counts_with_its_standard_deviation():
    hr = smooth(96)
    pattern = np.random.default_rng(0).normal(size=(3, 3))
    assert mesh(hr + np.tile(pattern, (32, 32)), hr, 3) == pytest.approx(pattern.std())


def test_neither_brightness_nor_grain_nor_blur_is_a_mesh():
    hr = smooth()
    assert mesh(hr + 5, hr, 4) == pytest.approx(0, abs=1e-12)
    assert mesh(gaussian_filter(hr, 3), hr, 4) < 0.1
    grain = np.random.default_rng(0).normal(size=hr.shape)  # of a sub-pixel 256 are averaged in a window
    assert mesh(hr + grain, hr, 4) < 2 / np.sqrt(256)


def test_a_mesh_anywhere_is_found_and_only_where_the_photograph_is_smooth():
    rough = np.random.default_rng(0).uniform(0, 255, (256, 256))
    rough[128:, 64:192] = smooth()
    pattern = np.tile([[1.0, -1.0], [-1.0, 1.0]], (128, 128))
    only = {"smooth": np.s_[160:224, 96:160], "rough": np.s_[:64, :64]}
    found = {}
    for name, place in only.items():
        sr = rough.copy()
        sr[place] += 2 * pattern[place]
        found[name] = mesh(sr, rough, 4)
    assert found["smooth"] == pytest.approx(2)
    assert found["rough"] == 0


def test_a_photograph_without_a_smooth_window_has_no_mesh():
    rough = np.random.default_rng(0).uniform(0, 255, (128, 128))
    assert math.isnan(mesh(rough + 1, rough, 4))
    assert math.isnan(mesh(smooth(60), smooth(60), 4)), "too small for a window"


def test_bicubic_has_no_mesh_and_no_halo_to_speak_of_on_a_photograph():
    hr = luma(CHELSEA)
    sr = luma(enlarge(shrink(CHELSEA, 4), 4))
    assert mesh(sr, hr, 4) < 0.35
    assert 0 < halo(sr, hr, 4) < 0.1


@pytest.mark.parametrize("scale", [2, 4, 8])
@pytest.mark.parametrize(("side", "level"), [(-1, 40), (1, 200)], ids=["dark", "light"])
def test_a_line_along_an_edge_is_a_halo(scale, side, level):
    """A stripe 20 levels beyond the photograph, so wide as to fill the half of the zone beside the edge."""
    hr = contour()
    sr = hr.copy()
    middle = hr.shape[1] // 2
    sr[:, middle - 2 * scale - 1 : middle] = level if side < 0 else 60
    sr[:, middle : middle + 2 * scale + 1] = level if side > 0 else 180
    assert halo(sr, hr, scale) == pytest.approx(20 / 2)
    assert halo(sr, hr, scale) == pytest.approx(halo(255 - sr, 255 - hr, scale))


def test_a_second_contour_beside_the_edge_is_a_halo_though_its_level_is_between():
    hr = contour()
    sr = hr.copy()
    sr[:, 48 + 6] = 150  # six pixels from the edge, where the photograph is light all around
    assert halo(sr, hr, 4) == pytest.approx(30 / 18)  # one of the zone's 18 columns


def test_halo_is_the_definition_in_loops():
    rng = np.random.default_rng(0)
    hr, sr = rng.uniform(0, 255, (2, 20, 24))
    hr[5:, 5:] = hr[5:, 5:] * 0.2
    height, width = hr.shape

    def around(y, x, radius):
        return hr[max(y - radius, 0) : y + radius + 1, max(x - radius, 0) : x + radius + 1]

    places = list(itertools.product(range(height), range(width)))
    edges = [(y, x) for y, x in places if np.ptp(around(y, x, 1)) > 100]
    near = [(y, x) for y, x in places if any(max(abs(y - v), abs(x - u)) <= 4 for v, u in edges)]
    assert 0 < len(near) < len(places)
    excess = [max(sr[y, x] - around(y, x, 2).max(), around(y, x, 2).min() - sr[y, x], 0) for y, x in near]
    assert halo(sr, hr, 2) == pytest.approx(np.mean(excess))


def test_an_edge_that_is_soft_or_misplaced_by_less_than_an_lr_pixel_is_no_halo():
    hr = contour()
    assert halo(gaussian_filter(hr, 1), hr, 4) < 0.01
    assert halo(np.roll(hr, 3, axis=1)[:, 3:-3], hr[:, 3:-3], 4) == 0
    assert halo(hr, hr, 4) == 0


def test_halo_grows_with_overshoot():
    hr = contour()
    soft = gaussian_filter(hr, 2)
    sharper = [soft + strength * (soft - gaussian_filter(soft, 2)) for strength in (0, 1, 2, 4)]
    halos = [halo(sr, hr, 4) for sr in sharper]
    assert all(np.diff(halos) > 0)


def test_a_photograph_without_an_edge_has_no_halo():
    assert math.isnan(halo(smooth() + 50, smooth(), 4))
