"""The loss of frequencies: against numpy, blind to phases and brightness, and a lattice costs more than a grain."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage, signal
from skimage import data

from srgan.data.images import to_signed
from srgan.losses.spectrum import FAINT, NEIGHBOURS, WINDOW, spectrum_loss

CHELSEA = to_signed(data.chelsea()[None, 60:156, 100:196])


def averages(images):
    """Logarithms of both averages, window by window, by SciPy's definition of the spectrum of a window."""
    step, found = WINDOW // 2, []
    window = signal.get_window("hann", WINDOW + 1)[1:]
    weights = np.outer(window, window)
    for image in 127.5 * images.astype(np.float64) @ [0.2989, 0.587, 0.114]:
        for top in range(0, image.shape[0] - WINDOW + 1, step):
            for left in range(0, image.shape[1] - WINDOW + 1, step):
                plane = image[top : top + WINDOW, left : left + WINDOW]
                detail = (plane - np.average(plane, weights=weights)) * weights
                power = np.abs(np.fft.fftshift(np.fft.fft2(detail), axes=0)[:, : WINDOW // 2 + 1]) ** 2
                power /= (weights**2).sum()
                inside = (slice(NEIGHBOURS // 2, -(NEIGHBOURS // 2)),) * 2
                geometric = ndimage.uniform_filter(np.log(power + FAINT**2), NEIGHBOURS)[inside]
                found.append((geometric, np.log(ndimage.uniform_filter(power, NEIGHBOURS)[inside] + FAINT**2)))
    return np.array(found)


def loss(hr, sr):
    return float(spectrum_loss(tf.constant(hr, tf.float32), tf.constant(sr, tf.float32)))


def test_it_is_the_difference_of_the_logarithms_of_two_averages():
    rng = np.random.default_rng(0)
    hr, sr = rng.normal(0, 0.2, (2, 2, 64, 80, 3))
    assert loss(hr, sr) == pytest.approx(np.abs(averages(hr) - averages(sr)).mean(), rel=1e-4)
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


def test_a_texture_whose_frequencies_are_all_alike_costs_more_than_a_grain():
    """Frequency by frequency it would cost less: the power of a grain is as often above its median as below."""
    rng = np.random.default_rng(0)
    hr, grain = rng.normal(0, 0.1, (2, 64, WINDOW, WINDOW, 1)).repeat(3, axis=-1)
    dot = np.zeros_like(hr)
    dot[:, WINDOW // 2, WINDOW // 2] = 0.1 * WINDOW / 2
    assert loss(hr, grain) < min(loss(hr, dot * strength) for strength in np.geomspace(0.5, 2, 15))


def test_noise_that_nobody_sees_costs_little():
    rng = np.random.default_rng(0)
    grey = np.zeros((1, 64, 64, 3))
    noise = {levels: loss(grey + rng.normal(0, levels / 127.5, grey.shape), grey) for levels in (0.5, 20)}
    assert noise[0.5] < 0.1
    assert noise[20] > 2


def test_a_crop_smaller_than_a_window_is_one_window():
    for side in (24, 12):  # the smallest that the settings allow
        assert 1 < loss(CHELSEA[:, :side, :side], np.zeros((1, side, side, 3))) < 10
