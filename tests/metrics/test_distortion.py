"""The figures against scikit-image, published values, and their definitions in plain loops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage import color, data, metrics

from srgan.data.images import read_image
from srgan.data.resize import crop_to_multiple, enlarge, shrink
from srgan.metrics.distortion import luma, psnr, ssim
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


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(ValueError, match="same shape"):
        psnr(CHELSEA[:40, :40], CHELSEA[:40, :44])
    with pytest.raises(ValueError, match="window"):
        ssim(CHELSEA[:10, :10], CHELSEA[:10, :10])
    with pytest.raises(ValueError, match="nothing is left"):
        psnr(CHELSEA[:8, :8], CHELSEA[:8, :8], border=4)
