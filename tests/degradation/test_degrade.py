"""Degraded LR: what the settings say is done. Batches of it: test_degraded_batches."""

import numpy as np
import pytest
import tensorflow as tf
from skimage.data import astronaut

from srgan.data.resize import shrink
from srgan.degradation.degrade import MARGIN, NUMBERS, degradation, draw, draw_end, draw_exponent
from srgan.degradation.draws import Draws
from tests.degradation.lr import SCALE, difference

WINDOW = 48 + 2 * MARGIN


def windows(count=1):
    photo = astronaut()[80 : 80 + WINDOW, 180 : 180 + WINDOW]
    return tf.constant(np.repeat(photo[np.newaxis], count, axis=0))


def numbers(count=1, seed=1):
    return tf.random.stateless_uniform([count, NUMBERS], [seed, 0], None, None, tf.int32)


def test_off_is_none(settings):
    assert degradation(settings(0), SCALE) is None


@pytest.mark.parametrize("orders", [1, 2])
@pytest.mark.parametrize("scale", [2, 3, 8])
def test_lr_has_the_crop_s_size_whatever_the_scale(settings, orders, scale):
    degrade = degradation(settings(orders), scale)
    assert degrade.margin % scale == 0
    side = 48 + 2 * degrade.margin
    lr = degrade.lr(tf.zeros([3, side, side, 3], tf.uint8), numbers(3))
    assert lr.dtype == tf.uint8
    assert lr.shape == (3, 48 // scale, 48 // scale, 3)


def clean():
    return shrink(windows()[0].numpy(), SCALE)[MARGIN // SCALE : -MARGIN // SCALE, MARGIN // SCALE : -MARGIN // SCALE]


def test_an_order_that_does_nothing_leaves_the_bicubic_reduction(nothing):
    """That of the benchmarks, up to what JPEG of quality 100 takes."""
    lr = degradation(nothing(), SCALE).lr(windows(4), numbers(4)).numpy()
    assert max(difference(each, clean()) for each in lr) < 3
    assert difference(lr[0], np.roll(clean(), 1, axis=0)) > 20  # so it lies in its place


@pytest.mark.parametrize(
    ("change", "least"),
    [
        ({"blur": 1, "sigma": (3.0, 3.0)}, 6),
        ({"gaussian": 1, "noise": (15, 15)}, 7),
        ({"gaussian": 0, "poisson": (2, 2)}, 7),
        ({"jpeg": (10, 10)}, 5),
        ({"final_sinc": 1, "final_cutoff": (0.34, 0.34)}, 4),
    ],
)
def test_each_setting_does_its_part(nothing, change, least):
    lr = degradation(nothing(**change), SCALE).lr(windows(4), numbers(4)).numpy()
    assert min(difference(each, clean()) for each in lr) > least


def test_the_first_order_comes_before(nothing):
    lr = degradation(nothing(orders=2), SCALE).lr(windows(16), numbers(16)).numpy()
    assert np.mean([difference(each, clean()) for each in lr]) > 8


@pytest.mark.parametrize(("resize", "factor"), [("down", (0.2, 0.5)), ("up", (1.2, 1.5))])
def test_both_ends_of_a_range_of_factors_are_kept(settings, resize, factor):
    section = settings(2)
    only = section.first.resize.model_copy(update={"up": 0.0, "down": 0.0, "keep": 0.0} | {resize: 1.0})
    order = section.first.model_copy(update={"resize": only, "factor": factor})
    drawn = draw(order, section, Draws(numbers(4000))).factor.numpy()
    assert [drawn.min(), drawn.max()] == pytest.approx(factor, abs=0.01)


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_the_smallest_crop_that_the_settings_allow_has_room_for_jpeg(settings, scale):
    section, margin = settings(2), -(-4 // scale)
    side = scale * 8  # with its margin
    made = degradation(section, scale)
    assert made.margin == margin * scale
    hr = np.random.default_rng(0).integers(0, 256, (8, side, side, 3), np.uint8)
    assert made.lr(hr, numbers(8)).shape == (8, 8 - 2 * margin, 8 - 2 * margin, 3)


def test_probabilities_and_ranges_are_kept(settings):
    section, count = settings(2), 20_000
    drawn = draw(section.first, section, Draws(numbers(count)))
    factor = drawn.factor.numpy()
    assert [(factor > 1).mean(), (factor < 1).mean(), (factor == 1).mean()] == pytest.approx([0.2, 0.7, 0.1], abs=0.01)
    assert [factor.min(), factor.max()] == pytest.approx([0.15, 1.5], abs=0.01)
    assert np.mean(drawn.grey) == pytest.approx(0.4, abs=0.01)
    assert np.mean(drawn.is_gaussian) == pytest.approx(0.5, abs=0.01)
    assert [drawn.quality.numpy().min(), drawn.quality.numpy().max()] == [30, 95]
    assert np.all(drawn.halved)
    some = section.first.model_copy(update={"halved_colours": 0.3})
    assert np.mean(draw(some, section, Draws(numbers(count))).halved) == pytest.approx(0.3, abs=0.01)
    assert [np.min(drawn.sigma), np.max(drawn.sigma)] == pytest.approx([1, 30], abs=0.1)
    kernel = drawn.kernel.numpy()
    rings = (kernel.min(axis=(1, 2)) < -1e-4).mean()  # sinc kernels, but for those that are next to nothing
    assert 0.07 < rings < 0.105
    end = draw_end(section, Draws(numbers(count, seed=2)))
    assert [np.mean(end.filters), np.mean(end.jpeg_first)] == pytest.approx([0.8, 0.5], abs=0.015)


@pytest.mark.parametrize(
    ("limits", "quantiles"),
    [((0.5, 4), (0.75, 1, 2.5)), ((1, 2), (1, 1, 1.5)), ((2, 4), (2.5, 3, 3.5)), ((0.2, 0.6), (0.3, 0.4, 0.5))],
)
def test_half_of_the_exponents_are_below_a_gaussian_s(limits, quantiles):
    """As in the authors' code, https://github.com/XPixelGroup/BasicSR, basicsr/data/degradations.py."""
    drawn = draw_exponent(*limits, Draws(numbers(20_000))).numpy()
    assert np.quantile(drawn, [0.25, 0.5, 0.75]) == pytest.approx(quantiles, abs=0.05)
    assert [drawn.min(), drawn.max()] == pytest.approx(limits, abs=0.01)


@pytest.mark.parametrize(
    ("change", "least"),
    [
        ({"antialias": False}, 6),
        ({"final_sinc": 1, "final_cutoff": (0.34, 0.34), "cutoff": (1.0, 1.0)}, 12),
    ],
)
def test_a_setting_is_not_another_one_s(nothing, change, least):
    lr = degradation(nothing(**change), SCALE).lr(windows(4), numbers(4)).numpy()
    assert min(difference(each, clean()) for each in lr) > least


def test_the_first_order_has_a_jpeg_of_its_own(nothing):
    """Orders that do nothing else: what differs is its quality."""
    still = nothing().last
    found = {}
    for quality in (2, 100):
        section = nothing(orders=2, first=still.model_copy(update={"jpeg": (quality, quality)}))
        lr = degradation(section, SCALE).lr(windows(4), numbers(4)).numpy()
        found[quality] = max(difference(each, clean()) for each in lr)
    assert found[100] < 4
    assert found[2] > 2 * found[100]


@pytest.mark.parametrize(("orders", "most"), [(1, 0.9), (2, 0.97)])
def test_colours_at_the_whole_resolution_are_nearer_to_the_picture_s(nothing, orders, most):
    """Whichever order it is that halves them."""
    found = {}
    for halved in (0.0, 1.0):
        order = nothing(halved_colours=halved).last
        section = nothing(orders=orders, first=order, halved_colours=halved if orders == 1 else 0.0)
        lr = degradation(section, SCALE).lr(windows(4), numbers(4)).numpy()
        found[halved] = max(difference(each, clean()) for each in lr)
    assert found[0.0] < most * found[1.0], found
