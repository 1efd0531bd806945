"""The perceptual distance against its definition in plain numpy, and what it says of blur and noise."""

import h5py
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from skimage import data

from srgan.errors import UserError
from srgan.metrics import perceptual
from srgan.metrics.perceptual import PerceptualDistance
from srgan.models.vgg_layers import BLOCKS
from srgan.sources.vgg_weights import write_random

CHELSEA = data.chelsea()[60:180, 100:228]  # (120, 128, 3)


@pytest.fixture(scope="module")
def measure(vgg16):
    return PerceptualDistance(vgg16)


def convolution(x, kernel, bias):
    """3x3 with a border of zeros, one place of the kernel at a time: (H, W, C) to (H, W, C')."""
    height, width, _ = x.shape
    padded = np.pad(x, ((1, 1), (1, 1), (0, 0)))
    places = ((row, column) for row in range(3) for column in range(3))
    return bias + sum(padded[r : r + height, c : c + width] @ kernel[r, c] for r, c in places)


def pooled(x):
    """The greatest of each 2x2, a last odd row or column left out."""
    height, width = x.shape[0] // 2 * 2, x.shape[1] // 2 * 2
    x = x[:height, :width]
    return np.max([x[row::2, column::2] for row in range(2) for column in range(2)], axis=0)


def relu_of_each_block(weights, image):
    """VGG16 of an RGB picture in 0..255, in float64: the last activation of each of its five blocks."""
    x = image[..., ::-1] - np.array([103.939, 116.779, 123.68])
    found = []
    with h5py.File(weights) as file:
        for block, convolutions in enumerate((2, 2, 3, 3, 3), start=1):
            x = pooled(x) if block > 1 else x
            for number in range(1, convolutions + 1):
                name = f"block{block}_conv{number}"
                kernel, bias = (file[name][f"{name}/{what}:0"][:].astype(np.float64) for what in ("kernel", "bias"))
                x = np.maximum(convolution(x, kernel, bias), 0)
            found.append(x)
    return found


def distance_by_definition(weights, a, b):
    """Zhang et al., eq. 1, with w = 1."""
    total = 0.0
    for x, y in zip(relu_of_each_block(weights, a), relu_of_each_block(weights, b), strict=True):
        unit_x, unit_y = (f / np.linalg.norm(f, axis=2, keepdims=True) for f in (x, y))
        total += ((unit_x - unit_y) ** 2).sum(axis=2).mean()
    return total


@pytest.mark.parametrize("shape", [(16, 16), (37, 50)])
def test_it_is_its_definition(measure, vgg16, shape):
    hr = CHELSEA[: shape[0], : shape[1]]
    sr = np.clip(hr + np.random.default_rng(0).normal(0, 20, hr.shape), 0, 255).astype(np.uint8)
    expected = distance_by_definition(vgg16, sr, hr)
    assert measure.to(hr)(sr) == pytest.approx(expected, rel=1e-4)
    assert expected > 0.1


def test_a_picture_is_at_no_distance_from_itself_and_the_distance_is_symmetric(measure):
    darker = (CHELSEA * 0.7).astype(np.uint8)
    assert measure.to(CHELSEA)(CHELSEA.copy()) == 0
    assert measure.to(CHELSEA)(darker) == measure.to(darker)(CHELSEA) > 0


def test_it_grows_with_blur(measure):
    to_hr = measure.to(CHELSEA)
    blurred = [gaussian_filter(CHELSEA, (sigma, sigma, 0)) for sigma in (0, 0.5, 1, 1.5, 2, 3, 4)]
    assert all(np.diff([to_hr(picture) for picture in blurred]) > 0)


def test_it_grows_with_noise(measure):
    to_hr = measure.to(CHELSEA)
    noise = np.random.default_rng(0).normal(size=CHELSEA.shape)
    noisy = [np.clip(CHELSEA + level * noise, 0, 255).astype(np.uint8) for level in (0, 2, 4, 8, 16, 32)]
    assert all(np.diff([to_hr(picture) for picture in noisy]) > 0)


def test_tiles_change_nothing(measure, vgg16, monkeypatch):
    hr = np.tile(CHELSEA, (2, 3, 1))[:150, :339]
    sr = gaussian_filter(hr, (1, 1, 0))
    whole = measure.to(hr)(sr)
    assert PerceptualDistance(vgg16, tile=128).to(hr)(sr) == pytest.approx(whole, rel=1e-6)
    monkeypatch.setattr(perceptual, "MARGIN", 16)
    assert PerceptualDistance(vgg16, tile=128).to(hr)(sr) != pytest.approx(whole, rel=1e-5), "the margin is needed"


@pytest.mark.parametrize("size", [16, 128, 143, 144, 145, 160, 1000])
def test_parts_cover_a_side_once_and_each_has_a_feature_of_the_deepest_layer(size):
    parts = perceptual._parts(size, 128)
    assert [start for start, _ in parts] == [0, *(stop for _, stop in parts[:-1])]
    assert parts[-1][1] == size
    assert all(start % 16 == 0 and stop // 16 > start // 16 for start, stop in parts)


def test_a_grey_picture_is_its_own_three_channels(measure):
    hr = CHELSEA[..., 1]
    sr = gaussian_filter(hr, 1)
    assert measure.to(hr)(sr) == measure.to(np.dstack([hr] * 3))(np.dstack([sr] * 3)) > 0


def test_other_weights_give_another_distance(measure, tmp_path):
    write_random(tmp_path / "vgg16.h5", 1, "vgg16")
    sr = gaussian_filter(CHELSEA, (2, 2, 0))
    other = PerceptualDistance(tmp_path / "vgg16.h5").to(CHELSEA)(sr)
    assert 0 < other != pytest.approx(measure.to(CHELSEA)(sr), rel=0.1)


def test_what_cannot_be_compared(measure, tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r"\(15, 40\) pixels are fewer"):
        measure.to(CHELSEA[:15, :40])
    with pytest.raises(ValueError, match="one size"):
        measure.to(CHELSEA)(CHELSEA[:100])
    monkeypatch.setitem(BLOCKS, "vgg16", BLOCKS["vgg16"][:2])
    write_random(tmp_path / "vgg16.h5", 1, "vgg16")
    monkeypatch.undo()
    with pytest.raises(UserError, match=r"block5_conv3 of VGG16 is wanted, but the file has no block3_conv1"):
        PerceptualDistance(tmp_path / "vgg16.h5")
