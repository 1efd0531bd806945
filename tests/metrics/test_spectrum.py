"""The spectral distance, by its definition written out in loops."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.ndimage import gaussian_filter
from skimage import data

from srgan.metrics.distortion import luma
from srgan.metrics.spectrum import spectral_distance

CHELSEA = data.chelsea()


def fourier(size):
    """The discrete Fourier transform as a matrix."""
    return np.exp(-2j * np.pi * np.outer(np.arange(size), np.arange(size)) / size)


def spectral_distance_in_loops(a, b):
    """The definition, one frequency at a time, its ring found in whole numbers."""
    height, width = a.shape
    window = np.outer(*[np.sin(np.pi * np.arange(size) / size) ** 2 for size in a.shape])
    spectra = [fourier(height) @ ((plane - plane.mean()) * window) @ fourier(width) for plane in (a, b)]
    rings = [[] for _ in range(64)]
    for v in range(height):
        for u in range(width):
            square = (min(v, height - v) * width) ** 2 + (min(u, width - u) * height) ** 2
            ring = math.isqrt(128**2 * square) // (height * width)  # 128 rings to 1 cycle per pixel
            if 1 <= ring <= 63:
                rings[ring].append([abs(spectrum[v, u]) ** 2 / (window**2).sum() for spectrum in spectra])
    rounding = (65.481**2 + 128.553**2 + 24.966**2) / 255**2 / 12
    logs = np.array([np.log(np.maximum(np.mean(ring, axis=0), rounding)) for ring in rings if ring])
    return np.abs(logs[:, 0] - logs[:, 1]).mean()


@pytest.mark.parametrize("shape", [(8, 8), (9, 14), (12, 5), (35, 200)])
def test_spectral_distance_is_its_definition(shape):
    a, b = np.random.default_rng(0).uniform(0, 255, (2, *shape))
    assert spectral_distance(a, b) == pytest.approx(spectral_distance_in_loops(a, b), abs=1e-9)
    assert spectral_distance(a, b) > 0.1


def test_spectral_distance_grows_with_blur():
    hr = luma(CHELSEA)
    distances = [spectral_distance(gaussian_filter(hr, sigma), hr) for sigma in (0, 0.3, 0.5, 0.8, 1.2, 2, 3)]
    assert distances[0] == 0
    assert all(np.diff(distances) > 0)


def test_spectral_distance_grows_with_noise_and_sees_a_checkerboard():
    hr = luma(CHELSEA)
    noise = np.random.default_rng(0).normal(size=hr.shape)
    distances = [spectral_distance(hr + sigma * noise, hr) for sigma in (1, 4, 16)]
    assert all(np.diff([0, *distances]) > 0)
    stripes = 8 * np.cos(2 * np.pi * 0.25 * np.arange(hr.shape[1]))  # period 4: what a bad upsampling leaves
    assert spectral_distance(hr + stripes, hr) > 0.03


@settings(max_examples=20)
@given(st.floats(-50, 50), hnp.arrays(np.uint8, (16, 21)), hnp.arrays(np.uint8, (16, 21)))
def test_spectral_distance_is_symmetric_and_blind_to_brightness(shift, a, b):
    distance = spectral_distance(a, b)
    assert distance >= 0
    assert spectral_distance(b, a) == distance
    assert spectral_distance(a + shift, b) == pytest.approx(distance, abs=1e-6)


def test_a_white_spectrum_twice_as_strong_is_log_four_away_in_any_shape():
    for shape in ((64, 64), (64, 200), (37, 150)):
        noise = np.random.default_rng(1).normal(scale=20, size=shape)
        assert spectral_distance(2 * noise, noise) == pytest.approx(math.log(4), abs=1e-6)


def test_flat_pictures_have_a_finite_distance():
    flat = np.full((40, 50), 128, np.uint8)
    assert spectral_distance(flat, flat + 100) == 0
    assert 0 < spectral_distance(flat, CHELSEA[:40, :50, 0]) < 20


def test_too_few_pixels_for_a_spectrum_are_refused():
    with pytest.raises(ValueError, match="at least 4 x 4"):
        spectral_distance(CHELSEA[:3, :9, 0], CHELSEA[:3, :9, 0])
