"""Figures of one picture against their definitions, and their drift against scipy on all values and closed forms."""

import tracemalloc

import numpy as np
import pytest
import scipy.ndimage
import skimage.data
from PIL import Image
from scipy.stats import wasserstein_distance

from srgan.data.appearance import FIGURES, appearance, colourfulness, drift, quantiles, sharpness

CAT = skimage.data.chelsea()
RNG = np.random.default_rng(0)


def figures(**given):
    """Quantiles of these figures; the others are always the same."""
    same = {name: np.linspace(50, 60, 10) for name in FIGURES}
    return {name: quantiles(values) for name, values in (same | given).items()}


def test_the_figures_of_a_picture():
    luma = np.asarray(Image.fromarray(CAT).convert("L"))
    found = appearance(CAT)
    assert list(found) == list(FIGURES)
    assert (found["brightness"], found["contrast"]) == (pytest.approx(luma.mean()), pytest.approx(luma.std()))
    assert (found["colourfulness"], found["sharpness"]) == (colourfulness(CAT), sharpness(luma))


@pytest.mark.parametrize("height", [3, 255, 256, 257, 300])
def test_sharpness_is_the_variance_of_the_laplacian(height):
    luma = np.asarray(Image.fromarray(CAT).convert("L"))[:height]
    laplacian = scipy.ndimage.laplace(luma.astype(np.float64))[1:-1, 1:-1]
    assert sharpness(luma) == pytest.approx(laplacian.var(), rel=1e-12)


def test_of_the_hardest_pattern_no_level_overflows():
    board = (np.indices((40, 40)).sum(axis=0) % 2 * 255).astype(np.uint8)
    assert sharpness(board) == pytest.approx(1020.0**2)
    assert sharpness(np.zeros((2, 9), np.uint8)) == 0


def test_colourfulness_is_the_paper_s():
    """Hasler & Süsstrunk 2003, section 7, written down pixel by pixel."""
    small = CAT[:20, :30].astype(float)
    rg = np.array([pixel[0] - pixel[1] for row in small for pixel in row])
    yb = np.array([0.5 * (pixel[0] + pixel[1]) - pixel[2] for row in small for pixel in row])
    expected = np.sqrt(rg.var() + yb.var()) + 0.3 * np.sqrt(rg.mean() ** 2 + yb.mean() ** 2)
    assert colourfulness(CAT[:20, :30]) == pytest.approx(expected)
    assert colourfulness(np.full((4, 4, 3), 90, np.uint8)) == 0


def test_memory_is_that_of_reading():
    """Strips: a photograph of 12 million pixels takes no array of eight bytes a pixel."""
    luma = np.tile(np.asarray(Image.fromarray(CAT).convert("L")), (10, 9))
    tracemalloc.start()
    sharpness(luma)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * luma.nbytes


def test_the_same_pictures_have_not_moved():
    assert drift(figures(), figures()) == dict.fromkeys(FIGURES, 0.0)


@pytest.mark.parametrize("shift", [0.1, 0.5, 2.0])
def test_a_shift_is_told_in_standard_deviations(shift):
    values = RNG.normal(120, 20, 5000)
    moved = drift(figures(brightness=values + 20 * shift), figures(brightness=values))
    assert moved.pop("brightness") == pytest.approx(shift, rel=0.1)  # 20 quantiles leave out the ends
    assert set(moved.values()) == {0.0}


@pytest.mark.parametrize("name", ["brightness", "contrast", "colourfulness"])
def test_quantiles_are_enough_for_the_distance_of_all_values(name):
    before, after = RNG.gamma(4, 15, 3000), RNG.gamma(5, 11, 4000)
    exact = wasserstein_distance(before, after) / before.std()
    assert drift(figures(**{name: after}), figures(**{name: before}))[name] == pytest.approx(exact, abs=0.04)


def test_sharpness_is_compared_as_a_ratio():
    values = 2.0 ** RNG.normal(3, 1, 5000)
    assert drift(figures(sharpness=values * 2), figures(sharpness=values))["sharpness"] == pytest.approx(1, rel=0.1)


def test_of_no_spread_at_all_a_drift_is_finite():
    assert drift(figures(contrast=[2.0] * 9), figures(contrast=[1.0] * 9))["contrast"] == pytest.approx(1)
    assert np.isfinite(list(drift(figures(sharpness=[0.0, 5.0]), figures()).values())).all()


def test_figures_that_one_has_not_are_not_compared():
    assert "sharpness" not in drift(figures(sharpness=[]), figures())
    assert quantiles([]) == []
