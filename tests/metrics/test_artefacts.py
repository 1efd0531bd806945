"""The measures of faults, on pictures made to have them."""

import itertools
import math

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from skimage import data

from srgan.data.resize import crop_to_multiple, enlarge, shrink
from srgan.metrics.artefacts import halo, lattice, mesh
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


def texture(side=192):
    """Irregular detail (side, side), as of fur."""
    return 128 + 20 * np.random.default_rng(0).normal(size=(side, side))


def dots(shape, waves, step=32):
    """A pattern of equal frequency along both diagonals, with so many waves in `step` pixels."""
    y, x = np.indices(shape)
    return np.cos(2 * np.pi * waves * (y + x) / step) + np.cos(2 * np.pi * waves * (y - x) / step)


def test_lattice_is_the_definition_in_loops():
    rng = np.random.default_rng(0)
    hr = rng.normal(128, 15, (100, 90))
    hr[:40, :40] = 128  # no texture
    sr = hr + rng.normal(0, 8, hr.shape) + 6 * dots(hr.shape, 11)
    hann = [math.sin(math.pi * (i + 1) / 33) ** 2 for i in range(32)]
    weights = np.outer(hann, hann)
    corners = [(top, left) for top in range(0, 69, 16) for left in range(0, 59, 16)]
    windows = [np.s_[top : top + 32, left : left + 32] for top, left in corners]
    textured = [window for window in windows if hr[window].std() > 8]
    assert 16 <= len(textured) < len(windows)
    levels = []
    for plane in (sr, hr):
        power = []
        for window in textured:
            mean = (plane[window] * weights).sum() / weights.sum()
            spectrum = np.fft.fft2((plane[window] - mean) * weights)
            power.append(10 * np.log10(np.abs(spectrum) ** 2 / (weights**2).sum() + 1))
        levels.append(np.mean(power, axis=0))
    found = []
    for v, u in itertools.product(range(32), range(32)):
        if max(min(v, 32 - v), min(u, 32 - u)) > 6:  # LR has frequencies up to 4
            around = np.ix_(np.arange(v - 2, v + 3) % 32, np.arange(u - 2, u + 3) % 32)
            ours, wanted = (level[v, u] - np.median(level[around]) for level in levels)
            found.append(ours - max(wanted, 0))
    assert lattice(sr, hr, 4) == pytest.approx(max(found))
    assert max(found) > 3


@pytest.mark.parametrize(("scale", "seen"), [(2, 13), (4, 7), (8, 4)])
def test_a_lattice_counts_where_the_input_cannot_say_what_there_is(scale, seen):
    hr = texture()
    assert lattice(hr + 8 * dots(hr.shape, seen), hr, scale) > 5
    assert lattice(hr + 8 * dots(hr.shape, seen // 2 - 1), hr, scale) < 1


def test_a_stronger_lattice_stands_out_more_and_irregular_detail_hardly_does():
    hr = luma(CHELSEA)
    found = [lattice(hr + strength * dots(hr.shape, 11), hr, 4) for strength in (0, 1, 2, 4)]
    assert found[0] == 0
    assert all(np.diff(found) > 1)
    assert lattice(hr + np.random.default_rng(0).normal(0, 8, hr.shape), hr, 4) < 1
    assert lattice(gaussian_filter(hr, 1), hr, 4) < 1
    assert lattice(hr + 20, hr, 4) == pytest.approx(0, abs=1e-9)


def test_the_threads_of_a_cloth_are_no_lattice():
    cloth = texture() + 8 * dots((192, 192), 11)
    assert lattice(cloth, cloth, 4) == 0
    assert lattice(cloth, texture(), 4) > 5


def test_a_lattice_is_measured_on_textures_only_and_on_enough_of_them():
    hr = texture(256)
    hr[:, 128:] = smooth(256)[:, 128:]
    beside = hr.copy()
    beside[:, 144:] += 6 * dots((256, 112), 11)
    assert lattice(beside, hr, 4) == 0
    assert math.isnan(lattice(smooth(256), smooth(256), 4))
    assert lattice(texture(80), texture(80), 4) == 0, "4 x 4 windows"
    assert math.isnan(lattice(texture(79), texture(79), 4)), "3 x 3 windows"
    for narrow in (texture()[:, :24], texture()[:31]):
        assert math.isnan(lattice(narrow, narrow, 4))
