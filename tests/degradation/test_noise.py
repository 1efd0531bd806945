"""Noise has the variance and the distribution that it is defined by."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from srgan.degradation.noise import gaussian, poisson

SHAPE = (300, 300, 3)


def added(function, level, strength, grey=False, key=(1, 2)):
    image = tf.fill(SHAPE, float(level))
    return (function(image, tf.constant(strength), tf.constant(grey), tf.constant(key)) - image).numpy()


@pytest.mark.parametrize("sigma", [1.0, 10.0, 30.0])
@pytest.mark.parametrize("grey", [False, True])
def test_gaussian_noise_is_normal(sigma, grey):
    noise = added(gaussian, 100, sigma, grey) / sigma
    assert noise.mean() == pytest.approx(0, abs=0.015)
    assert noise.var() == pytest.approx(1, abs=0.02)
    assert stats.kstest(noise[..., 0].ravel(), "norm").statistic < 0.008  # 0.1 % of such samples reach 0.0065


@pytest.mark.parametrize("level", [1, 10, 50, 128, 255])
@pytest.mark.parametrize("scale", [0.05, 1.0, 3.0])
def test_poisson_noise_has_a_variance_of_the_level(level, scale):
    noise = added(poisson, level, scale) / scale
    assert noise.var() == pytest.approx(level, rel=0.03)
    assert noise.mean() == pytest.approx(0, abs=0.02 * np.sqrt(level))


@pytest.mark.parametrize("level", [1, 4, 60])
def test_poisson_noise_counts_photons(level):
    photons = np.rint(added(poisson, level, 1.0) + level).astype(int).ravel()
    counted = np.bincount(photons, minlength=200) / photons.size
    np.testing.assert_allclose(counted, stats.poisson.pmf(np.arange(len(counted)), level), atol=0.005)


@pytest.mark.parametrize("function", [gaussian, poisson])
def test_grey_noise_is_the_same_in_all_channels_and_other_noise_is_not(function):
    grey, colour = added(function, 80, 2.0, grey=True), added(function, 80, 2.0)
    np.testing.assert_allclose(grey[..., 0], grey[..., 1], atol=1e-4)
    np.testing.assert_allclose(grey[..., 0], grey[..., 2], atol=1e-4)
    assert abs(np.corrcoef(colour.reshape(-1, 3).T)[np.triu_indices(3, 1)]).max() < 0.02


def test_grey_poisson_noise_follows_the_luma():
    blue = tf.constant([0.0, 0.0, 255.0]) * tf.ones(SHAPE)
    noise = poisson(blue, tf.constant(1.0), tf.constant(True), tf.constant([1, 2])) - blue
    assert np.var(noise) == pytest.approx(29, rel=0.05)  # 255 times 0.114


@pytest.mark.parametrize("function", [gaussian, poisson])
def test_the_key_decides_the_noise(function):
    first = added(function, 80, 2.0)
    np.testing.assert_array_equal(first, added(function, 80, 2.0))
    other = added(function, 80, 2.0, key=(1, 3))
    assert abs(np.corrcoef(first.ravel(), other.ravel())[0, 1]) < 0.02
