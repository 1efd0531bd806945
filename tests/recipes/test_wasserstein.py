"""WGAN's losses against their formulas, and its recipe over several steps.

A single step is compared with its formula in test_one_step.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import spearmanr, wasserstein_distance
from skimage.data import astronaut

from srgan.losses.pixel import mse
from srgan.models.projected import build_projected
from srgan.recipes.recipe import StepOptions
from srgan.recipes.wasserstein import (
    Wasserstein,
    affine_variables,
    clipped_variables,
    gradient_penalty,
    wasserstein_estimate,
)
from tests.recipes.networks import batches, discriminator, generator


def noise(seed, *shape):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype("float32")


def test_the_wasserstein_estimate_has_no_sigmoid_and_no_logarithm():
    real, fake = np.array([[300.0], [-100.0]], "float32"), np.array([[7.0], [-5.0]], "float32")
    assert float(wasserstein_estimate(real, fake)) == 100.0 - 1.0


@pytest.mark.parametrize("length", [0.25, 3.0])
def test_gradient_penalty_of_a_linear_critic(length):
    """The gradient of <w, x> is w everywhere, so the penalty is (|w| - 1)^2 whatever the images are: two-sided."""
    w = noise(0, 1, 4, 4, 3)
    w *= length / np.linalg.norm(w)
    penalty = gradient_penalty(
        lambda x: tf.reduce_sum(w * x, axis=[1, 2, 3])[:, None],
        tf.constant(noise(1, 5, 4, 4, 3)),
        tf.constant(noise(2, 5, 4, 4, 3)),
        tf.constant(np.random.default_rng(3).uniform(size=(5, 1, 1, 1)).astype("float32")),
    )
    assert float(penalty) == pytest.approx((length - 1) ** 2, rel=1e-5)


def test_gradient_penalty_is_taken_between_hr_and_sr():
    """The gradient of |x|^2 / 2 is x itself, so at weight t between the images it is their mixture."""
    hr, sr, at = noise(1, 3, 4, 4, 3), noise(2, 3, 4, 4, 3), np.array([0.0, 0.25, 1.0], "float32").reshape(3, 1, 1, 1)
    between = sr + at * (hr - sr)
    expected = np.mean((np.sqrt((between**2).sum((1, 2, 3))) - 1) ** 2)
    result = gradient_penalty(
        lambda x: tf.reduce_sum(x**2, axis=[1, 2, 3])[:, None] / 2, tf.constant(hr), tf.constant(sr), tf.constant(at)
    )
    assert float(result) == pytest.approx(expected, rel=1e-5)


def test_gradient_penalty_in_float16_is_that_in_full(vgg16):
    """A mean over many scores has a gradient at each pixel that float16 has no number for."""
    options = {"filters": 4, "norm": "none", "vgg16": vgg16}
    full, half = (build_projected(dtype=dtype, **options) for dtype in ("float32", "mixed_float16"))
    half.set_weights(full.get_weights())
    hr, sr = (tf.constant(astronaut()[np.newaxis, row : row + 192, 100:292] / 127.5 - 1, tf.float32) for row in (0, 2))
    norms = []
    for critic in (full, half):
        penalty = gradient_penalty(lambda x, critic=critic: critic(x, training=True), hr, sr, tf.zeros([1, 1, 1, 1]))
        norms.append(1 - float(penalty) ** 0.5)
    assert norms[1] == pytest.approx(norms[0], rel=0.03)


def test_after_every_critic_step_all_clipped_weights_lie_within_the_bound(settings):
    critic = discriminator()
    recipe = Wasserstein(
        settings("wgan", constraint="clip", clip=0.01, critic_lr=1e-3), generator(), critic, mse, StepOptions(seed=0)
    )
    stream = batches()
    for i in range(5):
        recipe.compiled_critic(next(stream))
        for variable in clipped_variables(critic):
            assert np.abs(variable.numpy()).max() <= np.float32(0.01)
        recipe.step(i, stream)
        for variable in clipped_variables(critic):
            assert np.abs(variable.numpy()).max() <= np.float32(0.01)
    names = {v.path.split("/")[-2] for v in clipped_variables(critic)}
    assert names == {f"conv{i}" for i in range(1, 9)} | {"dense1", "dense2"}  # kernels and biases, no gamma or beta
    affine = {v.name: v.numpy() for v in affine_variables(critic)}
    assert set(affine) == {"gamma", "beta"}
    assert affine["gamma"].min() > 0.5  # clipped to 0.01 they would silence the critic
    assert max(np.abs(v.numpy()).max() for v in affine_variables(critic)) <= 1


@pytest.mark.parametrize("changes", [{}, {"warmup_every": 3}, {"warmup_every": 5, "warmup_iterations": 0}])
def test_where_in_the_data_an_iteration_starts(settings, changes):
    stage = settings("wgan", n_critic=2, warmup_critic=7, **{"warmup_iterations": 4} | changes)
    recipe = Wasserstein(stage, generator(), discriminator(), mse, StepOptions(seed=0))
    taken = 0
    for iteration in range(20):
        assert recipe.batches_before(iteration) == taken
        taken += recipe.critic_steps(iteration)


def test_every_critic_step_takes_a_fresh_batch(settings):
    stage = settings("wgan", n_critic=3, warmup_critic=5, warmup_iterations=1, warmup_every=0)
    recipe = Wasserstein(stage, generator(), discriminator(norm="none"), mse, StepOptions(seed=0))
    taken, used = [], []

    def counted():
        for batch in batches():
            taken.append(batch)
            yield batch

    def recorded(step):
        def run(batch):
            used.append(batch)
            return step(batch)

        return run

    recipe.compiled, recipe.compiled_critic = recorded(recipe.compiled), recorded(recipe.compiled_critic)
    stream = counted()
    recipe.step(0, stream)
    assert len(taken) == 5
    recipe.step(1, stream)
    assert len(taken) == 8
    assert [id(batch) for batch in used] == [id(batch) for batch in taken]


@pytest.mark.parametrize("iteration", [0, 1])
def test_the_critic_s_figures_are_means_over_its_last_n_critic_steps(settings, iteration):
    stage = settings("wgan", n_critic=3, warmup_critic=7, warmup_iterations=1, warmup_every=0)
    recipe = Wasserstein(stage, generator(), discriminator(norm="none"), mse, StepOptions(seed=0))
    estimates = []

    def recorded(step):
        def run(batch):
            metrics = step(batch)
            estimates.append(float(metrics["wasserstein"]))
            return metrics

        return run

    recipe.compiled, recipe.compiled_critic = recorded(recipe.compiled), recorded(recipe.compiled_critic)
    figures = recipe.step(iteration, batches())
    assert len(estimates) == (7, 3)[iteration]
    assert float(figures["wasserstein"]) == pytest.approx(np.mean(estimates[-3:]))


def test_with_the_gradient_penalty_nothing_is_clipped(settings):
    """The step itself is compared with its formula in test_one_step."""
    critic = discriminator(norm="layer")
    stage = settings("wgan", constraint="gradient_penalty", norm="layer", clip=0.01, critic_lr=1e-3)
    recipe = Wasserstein(stage, generator(), critic, mse, StepOptions(seed=0))
    recipe.compiled_critic(next(batches()))
    assert recipe.bounds == []
    assert max(np.abs(variable.numpy()).max() for variable in clipped_variables(critic)) > 0.01


def test_on_a_line_the_critic_s_estimate_follows_the_exact_wasserstein_distance(settings):
    """Samples on a line, shifted by more and more: clipping leaves the scale open, the order must be right."""
    rng = np.random.default_rng(0)
    shifts = rng.permutation(np.linspace(0.05, 2.0, 12))
    stage = settings("wgan", constraint="clip", clip=0.1, critic_lr=5e-3)
    estimates, distances = [], []
    for shift in shifts:
        keras.utils.set_random_seed(1)
        critic = keras.Sequential([keras.Input((1,)), keras.layers.Dense(32, "relu"), keras.layers.Dense(1)])
        recipe = Wasserstein(stage, generator(), critic, mse, StepOptions(seed=0))
        train = tf.function(recipe.update_critic)
        fake = rng.normal(0, 1, (256, 1)).astype("float32")
        real = (rng.normal(0, 1, (256, 1)) + shift).astype("float32")
        for _ in range(150):
            estimate = train(tf.constant(real), tf.constant(fake))["wasserstein"]
        estimates.append(float(estimate))
        distances.append(wasserstein_distance(real[:, 0], fake[:, 0]))
    assert min(estimates) > 0
    assert spearmanr(distances, estimates).statistic > 0.95
