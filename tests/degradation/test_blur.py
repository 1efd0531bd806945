"""Kernels against their formulas and moments, and the convolution against SciPy's."""

import math

import numpy as np
import pytest
import tensorflow as tf
from scipy.ndimage import convolve as direct
from scipy.special import j1

from srgan.degradation.blur import RADIUS, SIDE, bell, convolve, sinc

Y, X = np.mgrid[-RADIUS : RADIUS + 1, -RADIUS : RADIUS + 1].astype(float)


def one_bell(side=SIDE, sigma=(2.0, 2.0), angle=0.0, exponent=1.0, plateau=False):
    numbers = [tf.constant([number]) for number in (side, *sigma, angle, exponent, plateau)]
    return bell(numbers[0], (numbers[1], numbers[2]), *numbers[3:])[0].numpy()


@pytest.mark.parametrize(
    ("sigma", "angle"), [((1.5, 1.5), 0.0), ((2.0, 1.0), 0.0), ((2.0, 1.0), 0.7), ((1.0, 2.2), -2.5)]
)
def test_a_gaussian_s_moments_are_its_covariance(sigma, angle):
    kernel = one_bell(sigma=sigma, angle=angle)
    assert kernel.sum() == pytest.approx(1, abs=1e-6)
    assert [(kernel * Y).sum(), (kernel * X).sum()] == pytest.approx([0, 0], abs=1e-5)
    found = [[(kernel * a * b).sum() for a in (X, Y)] for b in (X, Y)]
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    np.testing.assert_allclose(found, turn @ np.diag(np.square(sigma)) @ turn.T, atol=0.01)


@pytest.mark.parametrize("exponent", [0.5, 2.0, 4.0])
@pytest.mark.parametrize("plateau", [False, True])
def test_the_relatives_follow_their_formulas(exponent, plateau):
    """Wang et al. 2021, section 3.2: exp(-(x' S^-1 x)^b / 2) and 1 / (1 + (x' S^-1 x)^b), up to a factor."""
    angle, sigma = 0.4, (2.5, 1.2)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    inverse = np.linalg.inv(turn @ np.diag(np.square(sigma)) @ turn.T)
    offsets = np.stack([X, Y], axis=-1)
    power = np.einsum("yxa,ab,yxb->yx", offsets, inverse, offsets) ** exponent
    expected = 1 / (1 + power) if plateau else np.exp(-power / 2)
    np.testing.assert_allclose(one_bell(SIDE, sigma, angle, exponent, plateau), expected / expected.sum(), atol=1e-6)


@pytest.mark.parametrize("side", [3, 7, 13])
def test_a_kernel_is_zero_outside_of_its_size(side):
    for kernel in (one_bell(side, (3.0, 3.0)), sinc(tf.constant([side]), tf.constant([2.0]))[0].numpy()):
        inside = np.maximum(abs(X), abs(Y)) <= side // 2
        assert (kernel[~inside] == 0).all()
        assert (kernel[inside] != 0).all()
        assert kernel.sum() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("cutoff", [math.pi / 3, 2.0, math.pi])
def test_a_sinc_is_the_bessel_function_s(cutoff):
    radius = np.hypot(X, Y)
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = cutoff / (2 * math.pi * radius) * j1(cutoff * radius)
    expected[RADIUS, RADIUS] = cutoff**2 / (4 * math.pi)
    found = sinc(tf.constant([SIDE]), tf.constant([cutoff]))[0]
    np.testing.assert_allclose(found, expected / expected.sum(), atol=1e-5)


def test_a_sinc_lets_low_frequencies_through_and_no_high_ones():
    cutoff = math.pi / 2
    kernel = sinc(tf.constant([SIDE]), tf.constant([cutoff]))[0].numpy()
    response = {w: (kernel * np.cos(w * X)).sum() for w in (0.4 * cutoff, 1.6 * cutoff)}
    assert list(response.values()) == pytest.approx([1, 0], abs=0.1)
    assert kernel.min() < 0  # so it rings


@pytest.mark.parametrize("shape", [(40, 53), (112, 112), (9, 12), (104, 8)])
def test_the_convolution_is_scipy_s(shape):
    """Also of a kernel that is not even, so that it is one and no correlation."""
    random = np.random.default_rng(1)
    image = random.uniform(0, 255, (*shape, 3)).astype(np.float32)
    kernel = random.uniform(-0.002, 0.01, (SIDE, SIDE)).astype(np.float32)
    expected = np.stack([direct(image[..., i].astype(float), kernel, mode="mirror") for i in range(3)], axis=-1)
    found = convolve(tf.constant(image), tf.constant(kernel))
    np.testing.assert_allclose(found, expected, atol=2e-3)
