"""The figures against scikit-image, published values, and their definitions in plain loops."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.ndimage import gaussian_filter
from skimage import color, data, metrics

from srgan.data.images import read_image
from srgan.data.resize import crop_to_multiple, enlarge, shrink
from srgan.evaluation.metrics import json_number, luma, psnr, spectral_distance, ssim
from tests.published import FIGURES, photographs

CHELSEA = data.chelsea()  # (300, 451, 3)


def bicubic(hr, scale=4):
    return enlarge(shrink(hr, scale), scale)


def reference_ssim(a, b):
    """scikit-image's map without the border that its window does not cover, averaged."""
    settings_of_wang = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}
    channel_axis = None if a.ndim == 2 else 2
    _, similarity = metrics.structural_similarity(a, b, full=True, channel_axis=channel_axis, **settings_of_wang)
    return similarity[5:-5, 5:-5].mean()


@st.composite
def pairs(draw):
    """Two pictures: noise and noise, or noise and nearly the same."""
    shape = (draw(st.integers(11, 24)), draw(st.integers(11, 24)), *draw(st.sampled_from([(), (3,)])))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    a = rng.integers(0, 256, shape).astype(np.float64)
    spread = draw(st.sampled_from([1.0, 20.0, 300.0]))
    return a, np.clip(a + rng.normal(0, spread, shape), 0, 255)


@given(pairs())
def test_psnr_and_ssim_are_scikit_images(pair):
    a, b = pair
    assert psnr(a, b) == pytest.approx(metrics.peak_signal_noise_ratio(a, b, data_range=255), abs=1e-6)
    assert ssim(a, b) == pytest.approx(reference_ssim(a, b), abs=1e-6)


@given(hnp.arrays(np.uint8, (12, 13)), hnp.arrays(np.uint8, (12, 13)))
def test_ssim_of_any_two_pictures_is_scikit_images(a, b):
    assert ssim(a, b) == pytest.approx(reference_ssim(a.astype(float), b.astype(float)), abs=1e-6)


@pytest.mark.parametrize("plane", [luma, np.float64], ids=["y", "rgb"])
@pytest.mark.parametrize("border", [0, 4])
def test_a_real_photo_scores_as_in_scikit_image(plane, border):
    hr = crop_to_multiple(CHELSEA, 4)
    a, b = plane(bicubic(hr)), plane(hr)
    inside = np.s_[border : a.shape[0] - border, border : a.shape[1] - border]
    expected = metrics.peak_signal_noise_ratio(a[inside], b[inside], data_range=255)
    assert psnr(a, b, border) == pytest.approx(expected, abs=1e-6)
    assert ssim(a, b, border) == pytest.approx(reference_ssim(a[inside], b[inside]), abs=1e-6)


def test_luma_is_studio_swing_and_not_rounded():
    np.testing.assert_allclose(luma(CHELSEA), color.rgb2ycbcr(CHELSEA)[..., 0], atol=1e-9)
    ends = np.array([[[0, 0, 0], [255, 255, 255]]], np.uint8)
    np.testing.assert_allclose(luma(ends), [[16, 235]])
    np.testing.assert_array_equal(luma(ends[..., 0]), [[0, 255]])


@pytest.mark.parametrize("benchmark", ["set5", "bsd100"])
def test_bicubic_of_every_benchmark_photo_is_as_published(benchmark):
    photos = photographs(benchmark)
    rows = [row for row in FIGURES if row["set"] == benchmark]
    assert len(rows) == len(photos)
    for row in rows:
        hr = crop_to_multiple(read_image(photos[row["image"]]), 4)
        sr, hr = luma(bicubic(hr)), luma(hr)
        assert psnr(sr, hr, border=4) == pytest.approx(float(row["psnr_y"]), abs=0.001), row["image"]
        assert ssim(sr, hr, border=4) == pytest.approx(float(row["ssim_y"]), abs=0.0002), row["image"]


@given(st.floats())
def test_any_number_survives_json(value):
    back = float(json.loads(json.dumps(json_number(np.float64(value)), allow_nan=False)))
    assert back == value or (math.isnan(back) and math.isnan(value))


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(ValueError, match="same shape"):
        psnr(CHELSEA[:40, :40], CHELSEA[:40, :44])
    with pytest.raises(ValueError, match="window"):
        ssim(CHELSEA[:10, :10], CHELSEA[:10, :10])
    with pytest.raises(ValueError, match="nothing is left"):
        psnr(CHELSEA[:8, :8], CHELSEA[:8, :8], border=4)
    with pytest.raises(ValueError, match="at least 4 x 4"):
        spectral_distance(CHELSEA[:3, :9, 0], CHELSEA[:3, :9, 0])


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
