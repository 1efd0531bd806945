"""Losses against their definitions in plain numpy, and against what the papers derive."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from skimage.metrics import mean_squared_error

from srgan.training.losses import (
    adversarial_loss,
    discriminator_loss,
    gradient_penalty,
    grid_loss,
    mse,
    total_variation,
    wasserstein_estimate,
)


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


def test_losses_of_the_logits_are_the_paper_s_logarithms():
    logits = np.array([[-3.0], [0.5], [2.0]], "float32")
    probability = 1 / (1 + np.exp(-logits))
    assert float(adversarial_loss(logits)) == pytest.approx(np.mean(-np.log(probability)), rel=1e-6)
    expected = np.mean(-np.log(probability)) + np.mean(-np.log(1 - probability))
    assert float(discriminator_loss(logits, logits, 1.0, 0.0)) == pytest.approx(expected, rel=1e-6)
    assert np.isfinite(float(adversarial_loss(tf.constant([[-1e4]]))))  # no log(0)


@pytest.mark.parametrize(("real_label", "fake_label"), [(1.0, 0.0), (0.9, 0.0), (0.9, 0.1)])
def test_smoothed_labels_lead_to_the_optimum_of_salimans_et_al(real_label, fake_label):
    """D(x) = (a p_data + b p_model) / (p_data + p_model), section 3.4, at the two points of a toy distribution."""
    p_data, p_model = np.array([0.8, 0.2]), np.array([0.3, 0.7])
    logits = tf.Variable([0.0, 0.0])
    # A mean over 10 drawings of each point as often as its probability says.
    real = np.repeat([0, 1], (10 * p_data).round().astype(int))
    fake = np.repeat([0, 1], (10 * p_model).round().astype(int))
    optimizer = keras.optimizers.Adam(0.05)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = discriminator_loss(
                tf.gather(logits, real)[:, None], tf.gather(logits, fake)[:, None], real_label, fake_label
            )
        optimizer.apply(tape.gradient(loss, [logits]), [logits])

    for _ in range(600):
        step()
    expected = (real_label * p_data + fake_label * p_model) / (p_data + p_model)
    np.testing.assert_allclose(tf.sigmoid(logits).numpy(), expected, atol=1e-4)


def test_the_wasserstein_estimate_has_no_sigmoid_and_no_logarithm():
    real, fake = np.array([[300.0], [-100.0]], "float32"), np.array([[7.0], [-5.0]], "float32")
    assert float(wasserstein_estimate(real, fake)) == 100.0 - 1.0


@pytest.mark.parametrize("length", [0.25, 3.0])
def test_gradient_penalty_of_a_linear_critic(length):
    """The gradient of <w, x> is w everywhere, so the penalty is (|w| - 1)^2 whatever the images are: two-sided."""
    w = images(0, 1, 4, 4, 3)
    w *= length / np.linalg.norm(w)
    penalty = gradient_penalty(
        lambda x: tf.reduce_sum(w * x, axis=[1, 2, 3])[:, None],
        tf.constant(images(1, 5, 4, 4, 3)),
        tf.constant(images(2, 5, 4, 4, 3)),
        tf.constant(np.random.default_rng(3).uniform(size=(5, 1, 1, 1)).astype("float32")),
    )
    assert float(penalty) == pytest.approx((length - 1) ** 2, rel=1e-5)


def test_gradient_penalty_is_taken_between_hr_and_sr():
    """The gradient of |x|^2 / 2 is x itself, so at weight t between the images it is their mixture."""
    hr, sr, at = images(1, 3, 4, 4, 3), images(2, 3, 4, 4, 3), np.array([0.0, 0.25, 1.0], "float32").reshape(3, 1, 1, 1)
    between = sr + at * (hr - sr)
    expected = np.mean((np.sqrt((between**2).sum((1, 2, 3))) - 1) ** 2)
    result = gradient_penalty(
        lambda x: tf.reduce_sum(x**2, axis=[1, 2, 3])[:, None] / 2, tf.constant(hr), tf.constant(sr), tf.constant(at)
    )
    assert float(result) == pytest.approx(expected, rel=1e-5)
