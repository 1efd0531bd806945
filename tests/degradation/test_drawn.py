"""What is drawn for a record: each kind of kernel by its formula, each number over its whole range."""

import numpy as np
import pytest
import tensorflow as tf

from srgan.degradation.blur import RADIUS, sinc
from srgan.degradation.degrade import degradation, draw, draw_kernel
from srgan.degradation.draws import Draws
from tests.degradation.lr import SCALE, difference
from tests.degradation.test_degrade import MARGIN, numbers, windows

GAUSSIAN = ("isotropic", "anisotropic")
GENERALISED = ("generalised_isotropic", "generalised_anisotropic")
PLATEAU = ("plateau_isotropic", "plateau_anisotropic")


@pytest.fixture
def kernels(settings):
    """A function giving many kernels of one kind."""
    order = settings(2).first

    def of(kind, count=1000, **changes):
        weights = order.kernels.model_copy(update=dict.fromkeys(dict(order.kernels), 0.0) | {kind: 1.0})
        return draw_kernel(order.model_copy(update=changes | {"kernels": weights}), Draws(numbers(count))).numpy()

    return of


def axes(kernel):
    """Variances along the two axes of each kernel, the larger one first, and the angle of the first."""
    offset = np.arange(-RADIUS, RADIUS + 1)
    y, x = np.meshgrid(offset, offset, indexing="ij")
    yy, xx, xy = ((kernel * moment).sum((1, 2)) for moment in (y * y, x * x, x * y))
    middle, apart = (xx + yy) / 2, np.hypot((xx - yy) / 2, xy)
    return middle + apart, middle - apart, np.arctan2(2 * xy, xx - yy) / 2


def exponents(kernel, plateau):
    """b of each kernel (Wang et al. 2021, equations 2 to 4), whatever its covariance: q is four times as large at
    twice the offset, and so k's exponent, or for a plateau 1 / k - 1, is 4^b times as large.
    """
    height = kernel[:, RADIUS, RADIUS, np.newaxis] / kernel[:, RADIUS, RADIUS + 1 : RADIUS + 3]  # at offsets 1 and 2
    one, two = (height - 1 if plateau else np.log(height)).T
    return np.log2(two / one) / 2


@pytest.mark.parametrize("kind", [*GAUSSIAN, *GENERALISED, *PLATEAU])
def test_kernels_are_round_or_long_as_their_kind_is(kernels, kind):
    long, short, angle = axes(kernels(kind, sigma=(1.0, 2.5), side=(21, 21), generalised=(1, 1), plateau=(2, 2)))
    ratio = np.sqrt(long / short)
    if "anisotropic" not in kind:
        assert ratio.max() < 1.01
        return
    assert [np.quantile(ratio, 0.75) > 1.4, ratio.max() < 2.6] == [True, True]
    turned = np.sort(angle[ratio > 1.1]) / np.pi  # from -1/2 to 1/2, evenly
    assert np.quantile(turned, [0.1, 0.3, 0.5, 0.7, 0.9]) == pytest.approx([-0.4, -0.2, 0, 0.2, 0.4], abs=0.06)


@pytest.mark.parametrize(("kinds", "ends"), [(GAUSSIAN, (1.0, 1.0)), (GENERALISED, (0.5, 4.0)), (PLATEAU, (1.0, 2.0))])
def test_exponents_are_those_of_the_kind(kernels, kinds, ends):
    for kind in kinds:
        found = exponents(kernels(kind, sigma=(1.5, 2.5), side=(21, 21)).astype(np.float64), kind in PLATEAU)
        assert [found.min(), found.max()] == pytest.approx(ends, abs=0.03), kind


def test_sides_are_odd_and_cover_their_range(kernels):
    wide = kernels("isotropic", sigma=(3.0, 3.0), side=(7, 21))
    sides = (wide[:, RADIUS] > 0).sum(axis=1)
    found, counts = np.unique(sides, return_counts=True)
    assert list(found) == list(range(7, 22, 2))
    assert counts / len(sides) == pytest.approx(np.full(8, 1 / 8), abs=0.04)


@pytest.mark.parametrize(("side", "cutoff"), [(11, 1 / 3), (13, 0.2)])
def test_small_sinc_kernels_have_a_higher_cutoff(kernels, side, cutoff):
    """As in the authors' code: below 13 px pi / 3 at least, and pi / 5 from there on."""
    drawn = kernels("sinc", count=8, side=(side, side), cutoff=(0.2, 0.2))
    expected = sinc(tf.fill([8], side), tf.fill([8], np.float32(np.pi * cutoff)))
    np.testing.assert_allclose(drawn, expected, atol=1e-6)


def test_jpeg_s_blocks_begin_anywhere(settings):
    section = settings(2)
    phase = draw(section.first, section, Draws(numbers(6400))).phase.numpy()
    assert np.histogram2d(*phase.T, bins=8, range=[[0, 8], [0, 8]])[0].min() > 50  # of 100 at each of 64 places


def test_poisson_s_factor_covers_its_range(settings):
    section = settings(2)
    drawn = draw(section.first, section, Draws(numbers(4000))).poisson.numpy()
    assert np.quantile(drawn, [0, 0.5, 1]) == pytest.approx([0.05, 1.525, 3], abs=0.05)


@pytest.mark.parametrize("antialias", [False, True])
def test_each_interpolation_is_tensorflow_s_and_each_has_its_turn(nothing, antialias):
    names, count = ["area", "bilinear", "bicubic"], 24
    inside = slice(MARGIN // SCALE, -MARGIN // SCALE)
    size = [windows().shape[1] // SCALE] * 2
    wanted = {name: tf.image.resize(windows()[0], size, name, antialias=antialias) for name in names}
    section = nothing(interpolations=names, antialias=antialias, halved_colours=0)
    turns = draw(section.last, section, Draws(numbers(count))).interpolation.numpy()
    assert set(turns) == {0, 1, 2}
    for lr, turn in zip(degradation(section, SCALE).lr(windows(count), numbers(count)).numpy(), turns, strict=True):
        distances = {name: difference(lr, np.clip(each[inside, inside], 0, 255)) for name, each in wanted.items()}
        assert min(distances, key=distances.get) == names[turn]
        assert distances[names[turn]] < 2  # what JPEG of quality 100 takes
