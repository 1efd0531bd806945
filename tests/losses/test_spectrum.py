"""The loss of frequencies: against numpy, blind to phases and brightness, and a lattice costs more than a grain."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import signal
from skimage import data

from srgan.data.images import to_signed
from srgan.losses.spectrum import FAINT, WINDOW, spectrum_loss

CHELSEA = to_signed(data.chelsea()[None, 60:156, 100:196])


def log_power(images):
    """Window by window, by SciPy's definition of the spectrum of a window."""
    step, found = WINDOW // 2, []
    window = signal.get_window("hann", WINDOW + 1)[1:]
    for image in 127.5 * images.astype(np.float64):
        for top in range(0, image.shape[0] - WINDOW + 1, step):
            for left in range(0, image.shape[1] - WINDOW + 1, step):
                for plane in np.moveaxis(image[top : top + WINDOW, left : left + WINDOW], 2, 0):
                    weights = np.outer(window, window)
                    detail = (plane - np.average(plane, weights=weights)) * weights
                    power = np.abs(np.fft.fft2(detail)[:, : WINDOW // 2 + 1]) ** 2 / (weights**2).sum()
                    found.append(np.log(power + FAINT**2))
    return np.array(found)


def loss(hr, sr):
    return float(spectrum_loss(tf.constant(hr, tf.float32), tf.constant(sr, tf.float32)))


def test_it_is_the_difference_of_the_logarithms_of_both_powers():
    rng = np.random.default_rng(0)
    hr, sr = rng.normal(0, 0.2, (2, 2, 64, 80, 3))
    assert loss(hr, sr) == pytest.approx(np.abs(log_power(hr) - log_power(sr)).mean(), rel=1e-4)
    assert loss(CHELSEA, CHELSEA) == 0


def test_brightness_costs_nothing_and_a_grain_elsewhere_less_than_none():
    assert loss(CHELSEA, CHELSEA + 0.1) == pytest.approx(0, abs=1e-3)
    grain = np.random.default_rng(0).normal(0, 0.1, (1, 96, 96, 3))
    elsewhere = CHELSEA + np.roll(grain, (7, 5), (1, 2))
    assert loss(CHELSEA + grain, elsewhere) < 0.6 * loss(CHELSEA + grain, CHELSEA)


def test_of_two_textures_of_the_same_strength_the_lattice_costs_more():
    """A lattice has its power in a few frequencies, HR's grain in all."""
    rng = np.random.default_rng(0)
    smooth = np.zeros((1, 96, 96, 3))
    hr = smooth + rng.normal(0, 0.1, smooth.shape)
    y, x = np.indices((96, 96))
    lattice = (np.cos(2 * np.pi * y / 4) * np.cos(2 * np.pi * x / 4))[None, :, :, None]
    lattice = smooth + lattice * 0.1 / lattice.std()
    grain = smooth + rng.normal(0, 0.1, smooth.shape)
    assert loss(hr, grain) < loss(hr, lattice) / 2


def test_noise_that_nobody_sees_costs_little():
    rng = np.random.default_rng(0)
    grey = np.zeros((1, 64, 64, 3))
    noise = {levels: loss(grey + rng.normal(0, levels / 127.5, grey.shape), grey) for levels in (0.5, 20)}
    assert noise[0.5] < 0.1
    assert noise[20] > 2


def test_a_crop_smaller_than_a_window_is_one_window():
    assert loss(CHELSEA[:, :24, :24], np.zeros((1, 24, 24, 3))) > 1
