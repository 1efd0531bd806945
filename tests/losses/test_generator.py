"""The terms of the generator's loss, and what an adversary weighs."""

import numpy as np
import pytest
import tensorflow as tf

from srgan.data.batches import Batch
from srgan.losses.generator import Adversary
from srgan.losses.pixel import mse
from srgan.losses.spectrum import spectrum_loss
from srgan.recipes.pixel import Pixel
from srgan.recipes.recipe import StepOptions
from tests.recipes.networks import generator


def test_the_pixel_weight_adds_the_mse_to_another_content_loss(settings):
    """With a content loss that is blind to colour, the output comes back to the right one."""
    hr = tf.fill((2, 8, 8, 3), 0.5)
    sr = tf.fill((2, 8, 8, 3), 0.1)

    def blind(hr, sr):
        return 3 * tf.math.reduce_variance(hr - sr)

    for weight in (0.0, 0.25):
        recipe = Pixel(settings("pretrain", pixel_weight=weight), generator(), blind, StepOptions(seed=0))
        loss, figures = recipe.loss.terms(Batch(lr=hr[:, ::4, ::4], hr=hr), sr)
        assert float(loss) == pytest.approx(weight * 0.4**2)
        assert float(figures["content_loss"]) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(("scale", "grid"), [(4, 0.2), (2, 0.0)])
def test_the_grid_weight_adds_the_grid_with_the_period_of_an_lr_pixel(settings, scale, grid):
    hr = tf.zeros((2, 32, 32, 3))
    stripes = np.tile(np.float32([0.2, 0.2, -0.2, -0.2]), 8)[:, None, None]  # of period 4
    recipe = Pixel(settings("pretrain", content_weight=0.0, grid_weight=0.5), generator(), mse, StepOptions(seed=0))
    loss, _ = recipe.loss.terms(Batch(lr=hr[:, ::scale, ::scale], hr=hr), hr + stripes)
    assert float(loss) == pytest.approx(0.5 * grid)


def test_the_consistency_weight_adds_how_far_sr_shrunk_is_from_lr(settings):
    hr = tf.zeros((2, 32, 32, 3))
    recipe = Pixel(
        settings("pretrain", content_weight=0.0, consistency_weight=0.5), generator(), mse, StepOptions(seed=0)
    )
    loss, _ = recipe.loss.terms(Batch(lr=hr[:, ::4, ::4], hr=hr), hr + 0.2)
    assert float(loss) == pytest.approx(0.5 * 0.2)


def test_the_halo_weight_adds_how_far_sr_is_outside_of_hr_s_range(settings):
    hr = tf.zeros((2, 32, 32, 3))
    recipe = Pixel(settings("pretrain", content_weight=0.0, halo_weight=0.5), generator(), mse, StepOptions(seed=0))
    loss, _ = recipe.loss.terms(Batch(lr=hr[:, ::4, ::4], hr=hr), hr - 0.2)
    assert float(loss) == pytest.approx(0.5 * 0.2, rel=1e-5)


def test_the_spectrum_weight_adds_how_different_the_power_of_frequencies_is(settings):
    hr = tf.random.stateless_uniform((2, 32, 32, 3), (0, 0), -1.0, 1.0)
    recipe = Pixel(settings("pretrain", content_weight=0.0, spectrum_weight=0.5), generator(), mse, StepOptions(seed=0))
    loss, _ = recipe.loss.terms(Batch(lr=hr[:, ::4, ::4], hr=hr), 0.1 * hr)
    assert float(loss) == pytest.approx(0.5 * float(spectrum_loss(hr, 0.1 * hr)))
    assert float(loss) == pytest.approx(0.5 * np.log(100), rel=0.1)  # a tenth of the amplitude, above what is faint


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_balanced_the_critic_s_arbitrary_scale_does_not_matter(settings, scale):
    """The adversarial gradient at SR is half as long as the content gradient, whatever the critic's unit."""
    balanced = Adversary(settings("wgan", adversarial_weight=0.5), tf.reduce_mean)
    rng = np.random.default_rng(0)
    content, critic = rng.normal(size=(2, 4, 32, 32, 3)).astype("float32")
    weight = float(balanced.weight(tf.constant(content), tf.constant(scale * critic)))
    assert weight * scale * np.linalg.norm(critic) == pytest.approx(0.5 * np.linalg.norm(content), rel=1e-4)
    fixed = Adversary(settings("wgan", weighting="fixed", adversarial_weight=0.5), tf.reduce_mean)
    assert float(fixed.weight(tf.constant(content), tf.constant(critic))) == 0.5


def test_a_silent_critic_gives_no_adversarial_gradient_and_no_nan(settings):
    silent = Adversary(settings("wgan"), tf.reduce_mean)
    assert float(silent.weight(tf.ones((1, 2, 2, 3)), tf.zeros((1, 2, 2, 3)))) == 0.0


def test_an_overflow_in_float16_leaves_a_balanced_step_out_and_its_figures_are_numbers(settings):
    """An infinite gradient at SR, as a loss scale that is too high gives it, is no divergence."""
    balanced = Adversary(settings("wgan", weighting="balanced"), tf.reduce_mean)
    infinite, finite = tf.fill((1, 2, 2, 3), np.inf), tf.ones((1, 2, 2, 3))
    for content, critic in [(infinite, finite), (finite, infinite), (infinite, infinite)]:
        weight = balanced.weight(content, critic)
        assert float(weight) == 0
        assert not np.isfinite((content + weight * critic).numpy()).all()  # so the optimizer sees it


def test_the_psnr_of_training_has_the_peak_of_the_range_from_minus_1_to_1(settings):
    hr = tf.zeros((2, 8, 8, 3))
    recipe = Pixel(settings("pretrain"), generator(), mse, StepOptions(seed=0))
    _, figures = recipe.loss.terms(Batch(lr=hr[:, ::4, ::4], hr=hr), hr + 0.2)
    assert float(figures["train_psnr"]) == pytest.approx(20, abs=1e-3)  # 20 log10(2 / 0.2)


def test_a_crop_that_is_exact_counts_as_100_db(settings):
    """As a flat one by a network that adds to the bicubic enlargement: an infinite mean would hide the others."""
    hr = tf.zeros((2, 8, 8, 3))
    recipe = Pixel(settings("pretrain"), generator(), mse, StepOptions(seed=0))
    sr = tf.stack([hr[0], hr[1] + 0.2])
    _, figures = recipe.loss.terms(Batch(lr=hr[:, ::4, ::4], hr=hr), sr)
    assert float(figures["train_psnr"]) == pytest.approx((100 + 20) / 2, abs=1e-3)
