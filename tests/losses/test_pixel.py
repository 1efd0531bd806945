"""Losses of pixels against their definitions in plain numpy."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage
from skimage.metrics import mean_squared_error

from srgan.data.resize import shrink
from srgan.losses.pixel import consistency_loss, grid_loss, halo_loss, mse, total_variation


def images(seed, *shape):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype("float32")


def test_mse_is_scikit_image_s():
    hr, sr = images(0, 2, 8, 9, 3), images(1, 2, 8, 9, 3)
    assert float(mse(hr, sr)) == pytest.approx(mean_squared_error(hr, sr), rel=1e-6)


def test_total_variation_by_hand():
    """One white pixel on black: four differences of 1 among 2 x 20 vertical and 2 x 20 horizontal neighbours."""
    image = np.zeros((1, 5, 5, 1), "float32")
    image[0, 2, 2] = 1
    assert float(total_variation(tf.constant(image))) == pytest.approx(2 / 20 + 2 / 20)


def test_the_grid_loss_of_a_checkerboard_is_its_amplitude():
    hr = images(0, 2, 48, 64, 3)
    checkerboard = (1 - 2 * (np.indices((48, 64)).sum(0) % 2))[None, :, :, None].astype("float32")
    assert float(grid_loss(hr, hr + 0.1 * checkerboard, 4)) == pytest.approx(0.1, rel=1e-5)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_grid_loss_sees_only_what_repeats_with_every_lr_pixel(scale):
    hr = images(0, 1, 72, 96, 3)
    assert float(grid_loss(hr, hr, scale)) == 0
    blocks = images(1, 1, 72 // scale, 96 // scale, 3).repeat(scale, 1).repeat(scale, 2)
    assert float(grid_loss(hr, hr + blocks, scale)) == pytest.approx(0, abs=1e-6)
    mesh = np.tile(images(2, 1, scale, scale, 3), (1, 72 // scale, 96 // scale, 1))
    noise = np.random.default_rng(3).permutation(mesh.ravel()).reshape(mesh.shape)
    of_mesh, of_noise = (float(grid_loss(hr, hr + error, scale)) for error in (mesh, noise))
    expected = np.abs(mesh - mesh[:, :scale, :scale].mean((1, 2))[:, None, None]).mean()
    assert of_mesh == pytest.approx(expected, rel=1e-4)
    assert of_noise < of_mesh / 5  # windows of 8 x 8: an eighth of it is left


def test_the_grid_loss_of_a_crop_smaller_than_a_window_is_over_the_whole_crop():
    hr = images(0, 1, 16, 16, 3)
    mesh = np.tile(images(1, 1, 4, 4, 3), (1, 4, 4, 1))
    error = mesh - mesh.mean((1, 2), keepdims=True)
    assert float(grid_loss(hr, hr + mesh, 4)) == pytest.approx(np.abs(error).mean(), rel=1e-4)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_consistency_loss_is_how_far_the_shrunken_pictures_are_apart(scale):
    smooth = np.random.default_rng(0).integers(60, 190, (2, 10, 12, 3)).repeat(2 * scale, 1).repeat(2 * scale, 2)
    hr, sr = smooth.astype("uint8")
    error = (shrink(sr, scale).astype(float) - shrink(hr, scale))[2:-2, 2:-2] / 127.5
    loss = consistency_loss(hr[None] / np.float32(127.5) - 1, sr[None] / np.float32(127.5) - 1, scale)
    assert float(loss) == pytest.approx(np.abs(error).mean(), rel=0.01)  # shrink rounds to levels


def test_the_consistency_loss_sees_a_colour_and_hardly_detail():
    hr = images(0, 1, 64, 64, 3)
    detail = 0.3 * (1 - 2 * (np.indices((64, 64)).sum(0) % 2))[None, :, :, None].astype("float32")
    assert float(consistency_loss(hr, hr + np.float32([0.1, 0, 0]), 4)) == pytest.approx(0.1 / 3, rel=1e-4)
    assert float(consistency_loss(hr, hr + detail, 4)) < 0.001


@pytest.mark.parametrize("scale", [2, 4])
def test_the_halo_loss_is_what_lies_outside_of_the_range_of_the_neighbourhood(scale):
    hr, sr = images(0, 2, 40, 48, 3) / 4, images(1, 2, 40, 48, 3)
    window = (1, 2 * scale + 1, 2 * scale + 1, 1)
    above = sr - ndimage.maximum_filter(hr, window, mode="nearest")
    below = ndimage.minimum_filter(hr, window, mode="nearest") - sr
    assert float(halo_loss(hr, sr, scale)) == pytest.approx(np.maximum(np.maximum(above, below), 0).mean(), rel=1e-5)


def test_the_halo_loss_of_an_edge_that_is_blurred_or_moved_by_an_lr_pixel_is_zero():
    edge = np.where(np.arange(64) < 32, -0.8, 0.8).astype("float32")
    hr = np.broadcast_to(edge[None, :, None, None], (1, 64, 64, 3))
    moved, blurred = np.roll(hr, 4, axis=1), ndimage.uniform_filter1d(hr, 7, axis=1)
    inner = np.s_[:, 8:56]  # a rolled picture has a second edge, at its border
    assert float(halo_loss(hr[inner], moved[inner], 4)) == 0
    assert float(halo_loss(hr[inner], blurred[inner], 4)) == pytest.approx(0, abs=1e-6)
    assert float(halo_loss(hr[inner], 1.2 * hr[inner], 4)) == pytest.approx(0.2 * 0.8, rel=1e-4)
