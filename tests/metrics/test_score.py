"""All figures of a picture together: which is which, what is left out, what is refused."""

import json
import math

import numpy as np
import pytest
from skimage import data
from sklearn.datasets import load_sample_image

from srgan.atomic import json_number
from srgan.data.resize import crop_to_multiple, enlarge, shrink
from srgan.errors import UserError
from srgan.metrics.artefacts import halo, lattice, mesh
from srgan.metrics.distortion import luma, psnr, ssim
from srgan.metrics.score import METRICS, means, score
from srgan.metrics.spectrum import spectral_distance

CHELSEA = data.chelsea()  # (300, 451, 3)


def bicubic(hr, scale=4):
    return enlarge(shrink(hr, scale), scale)


def same(a, b):
    return a == pytest.approx(b, abs=0, nan_ok=True)


def test_bicubic_of_the_sample_photos():
    """Measured once with another implementation: 31.09 dB, spectral distance 4.66."""
    photos = [crop_to_multiple(photo, 4) for photo in (CHELSEA, load_sample_image("flower.jpg"))]
    scores = [score(bicubic(photo), photo, 4, {}) for photo in photos]
    assert np.mean([s["psnr_y"] for s in scores]) == pytest.approx(31.09, abs=0.005)
    assert np.mean([s["spectral_distance"] for s in scores]) == pytest.approx(4.66, abs=0.005)


def test_each_figure_is_in_its_place():
    hr = crop_to_multiple(CHELSEA, 4)
    sr = bicubic(hr)
    expected = {
        "psnr_y": psnr(luma(sr)[4:-4, 4:-4], luma(hr)[4:-4, 4:-4]),
        "ssim_y": ssim(luma(sr)[4:-4, 4:-4], luma(hr)[4:-4, 4:-4]),
        "psnr_rgb": psnr(sr[4:-4, 4:-4], hr[4:-4, 4:-4]),
        "ssim_rgb": np.mean([ssim(sr[4:-4, 4:-4, c], hr[4:-4, 4:-4, c]) for c in range(3)]),
        "lr_psnr": psnr(shrink(sr, 4), shrink(hr, 4)),
        "perceptual_distance": 0.25,
        "niqe": 7.5,
        "mesh": mesh(luma(sr), luma(hr), 4),
        "halo": halo(luma(sr), luma(hr), 4),
        "lattice": lattice(luma(sr), luma(hr), 4),
        "spectral_distance": spectral_distance(luma(sr), luma(hr)),
    }
    found = score(sr, hr, 4, {"niqe": lambda _: 7.5, "perceptual_distance": lambda _: 0.25})
    assert found == pytest.approx(expected)
    assert list(found) == list(expected) == [metric for metric in METRICS if metric in expected]
    assert len(set(expected.values())) == len(expected), "the figures differ, so a swap would show"


def test_lr_psnr_sees_what_the_input_rules_out():
    """Stripes that the kernel averages to nothing are gone in LR; a shift of brightness is not."""
    hr = crop_to_multiple(CHELSEA[:96, :96], 4).clip(20, 230)
    stripes = np.array([8, -8, -8, 8], np.int16)[np.arange(96) % 4][
        :, np.newaxis
    ]  # what the kernel averages to nothing
    found = {}
    for name, change in (("stripes", stripes), ("brighter", 8)):
        sr = (hr + change).astype(np.uint8)
        found[name] = score(sr, hr, 4, {})
    assert found["stripes"]["psnr_y"] == pytest.approx(found["brighter"]["psnr_y"], abs=0.1)
    assert found["brighter"]["lr_psnr"] == pytest.approx(20 * math.log10(255 / 8), abs=0.1)
    assert found["stripes"]["lr_psnr"] > found["brighter"]["lr_psnr"] + 15


def test_the_border_is_left_out():
    hr = CHELSEA[:60, :60]
    sr = hr.copy()
    sr[:4] = sr[-4:] = sr[:, :4] = sr[:, -4:] = 0
    figures = score(sr, hr, 4, {})
    assert [figures[m] for m in ("psnr_y", "ssim_y", "psnr_rgb", "ssim_rgb")] == pytest.approx([math.inf, 1] * 2)
    sr[4, 30] ^= 128
    assert score(sr, hr, 4, {})["psnr_y"] < 60


def test_identical_pictures_and_json_survives_what_they_give():
    hr = crop_to_multiple(CHELSEA, 4)
    figures = score(hr, hr.copy(), 4, {})
    expected = {"psnr_y": math.inf, "ssim_y": 1, "psnr_rgb": math.inf, "ssim_rgb": 1, "lr_psnr": math.inf}
    assert figures == pytest.approx(expected | {"mesh": 0, "halo": 0, "lattice": 0, "spectral_distance": 0}, abs=1e-12)
    text = json.dumps([json_number(value) for value in figures.values()], allow_nan=False)
    assert [float(value) for value in json.loads(text)] == list(figures.values())


def test_a_grey_photo_is_one_full_range_plane():
    hr = CHELSEA[:64, :64, 1]
    sr = bicubic(hr)
    figures = score(sr, hr, 4, {})
    assert figures["psnr_y"] == figures["psnr_rgb"] == psnr(sr, hr, border=4)
    assert figures["ssim_y"] == figures["ssim_rgb"] == ssim(sr, hr, border=4)
    assert same(score(np.stack([sr] * 3, axis=2), hr, 4, {}), figures), "equal channels are that grey"


def test_a_coloured_enlargement_of_a_grey_photo_is_made_grey():
    hr = CHELSEA[:64, :64, 1]
    sr = CHELSEA[:64, :64]
    grey = np.floor(sr[..., 0] * 0.299 + sr[..., 1] * 0.587 + sr[..., 2] * 0.114 + 0.5).astype(np.uint8)
    assert same(score(sr, hr, 4, {}), score(grey, hr, 4, {}))


def test_flat_pictures_have_figures():
    flat = np.full((40, 48, 3), 128, np.uint8)
    figures = score(flat, CHELSEA[:40, :48], 4, {})
    assert all(math.isfinite(value) for metric, value in figures.items() if not METRICS[metric].may_be_absent)


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(UserError, match="32 x 16 pixels are too few to measure at scale 4; 19 a side"):
        score(CHELSEA[:16, :32], CHELSEA[:16, :32], 4, {})
    with pytest.raises(UserError, match="14 x 30 pixels are too few to measure at scale 2; 16 a side"):
        score(CHELSEA[:30, :14], CHELSEA[:30, :14], 2, {})
    assert score(CHELSEA[:20, :32], CHELSEA[:20, :32], 4, {})["psnr_y"] == math.inf
    with pytest.raises(ValueError, match="same shape"):
        score(CHELSEA[:40, :40], CHELSEA[:40, :44], 4, {})
    with pytest.raises(ValueError, match="uint8"):
        score(CHELSEA.astype(np.float32), CHELSEA, 4, {})


def test_means_leave_out_pictures_that_cannot_show_a_fault_and_no_others():
    pictures = [{"psnr_y": 30.0, "mesh": math.nan, "halo": math.nan}, {"psnr_y": 32.0, "mesh": 0.5, "halo": math.nan}]
    found = means(pictures)
    assert (found["psnr_y"], found["mesh"]) == (31, 0.5)
    assert math.isnan(found["halo"])
    assert math.isnan(means([{"psnr_y": 30.0}, {"psnr_y": math.nan}])["psnr_y"])
    assert means([{"psnr_y": 30.0}, {"psnr_y": math.inf}])["psnr_y"] == math.inf


def test_headers_say_unit_and_direction():
    assert METRICS["lr_psnr"].header == "LR-PSNR, dB ↑"
    assert METRICS["perceptual_distance"].header == "Perceptual distance ↓"
