"""Training steps: what they move, what they leave, and whether they do what the papers say."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import spearmanr, wasserstein_distance

from srgan.data.batches import Batch
from srgan.models.discriminator import build_discriminator
from srgan.models.generator import build_generator
from srgan.params import load_params
from srgan.training.adversarial import Adversarial
from srgan.training.losses import mse
from srgan.training.pixel import Pixel
from srgan.training.shift import random_roll
from srgan.training.wasserstein import Wasserstein, affine_variables, clipped_variables


@pytest.fixture
def settings(repository):
    """A function giving a stage's settings with some changed."""
    params = load_params(repository / "params.yaml")
    return lambda stage, **changes: getattr(params, stage).model_copy(update=changes)


def generator(**changes):
    keras.utils.set_random_seed(0)
    return build_generator(**{"scale": 4, "blocks": 1, "filters": 8, "norm": "batch", "skip": "bicubic"} | changes)


def discriminator(**changes):
    keras.utils.set_random_seed(1)
    options = {"filters": 4, "norm": "batch", "head": "dense", "units": 16, "crop": 32}
    return build_discriminator(**options | changes)


def batches(seed=0):
    rng = np.random.default_rng(seed)
    while True:
        hr = tf.constant(np.repeat(np.repeat(rng.uniform(-1, 1, (4, 8, 8, 3)), 4, 1), 4, 2).astype("float32"))
        yield Batch(lr=(hr[:, ::4, ::4] + 1) / 2, hr=hr)


def weights(network):
    return [w.numpy().copy() for w in network.weights]


def changed(before, network):
    return any((old != new.numpy()).any() for old, new in zip(before, network.weights, strict=True))


def test_a_pixel_step_lowers_the_loss(settings):
    recipe = Pixel(settings("pretrain", lr=1e-2), generator(), mse, seed=0)
    stream = batches()
    losses = [float(recipe.step(i, stream)["loss"]) for i in range(60)]
    assert np.mean(losses[-10:]) < 0.8 * np.mean(losses[:10])


def test_the_pixel_weight_adds_the_mse_to_another_content_loss(settings):
    """With a content loss that is blind to colour, the output comes back to the right one."""
    hr = tf.fill((2, 8, 8, 3), 0.5)
    sr = tf.fill((2, 8, 8, 3), 0.1)

    def blind(hr, sr):
        return 3 * tf.math.reduce_variance(hr - sr)

    for weight in (0.0, 0.25):
        recipe = Pixel(settings("pretrain", pixel_weight=weight), generator(), blind, seed=0)
        loss, figures = recipe.loss.terms(Batch(lr=hr[:, ::4, ::4], hr=hr), sr)
        assert float(loss) == pytest.approx(weight * 0.4**2)
        assert float(figures["content_loss"]) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(("scale", "grid"), [(4, 0.2), (2, 0.0)])
def test_the_grid_weight_adds_the_grid_with_the_period_of_an_lr_pixel(settings, scale, grid):
    hr = tf.zeros((2, 32, 32, 3))
    stripes = np.tile(np.float32([0.2, 0.2, -0.2, -0.2]), 8)[:, None, None]  # of period 4
    recipe = Pixel(settings("pretrain", content_weight=0.0, grid_weight=0.5), generator(), mse, seed=0)
    loss, _ = recipe.loss.terms(Batch(lr=hr[:, ::scale, ::scale], hr=hr), hr + stripes)
    assert float(loss) == pytest.approx(0.5 * grid)


def test_an_adversarial_step_moves_both_networks_and_pulls_their_losses_apart(settings):
    g, d = generator(), discriminator()
    recipe = Adversarial(settings("gan", shift=0), g, d, mse, seed=0)
    before_g, before_d = weights(g), weights(d)
    stream = batches()
    metrics = [recipe.step(i, stream) for i in range(30)]
    assert changed(before_g, g)
    assert changed(before_d, d)
    d_losses = [float(m["discriminator_loss"]) for m in metrics]
    assert np.mean(d_losses[-5:]) < np.mean(d_losses[:5])


def test_the_generator_s_gradient_has_an_adversarial_part(settings):
    """With no content loss at all the generator still moves, towards fooling the discriminator."""
    g, d = generator(), discriminator()
    recipe = Adversarial(settings("gan", content_weight=0.0, adversarial_weight=1.0, lr=1e-3), g, d, mse, seed=0)
    before = weights(g)
    recipe.step(0, batches())
    assert changed([b for b, w in zip(before, g.weights, strict=True) if w.trainable], _Trainable(g))


class _Trainable:
    def __init__(self, network):
        self.weights = network.trainable_weights


def test_the_adversary_s_images_are_moved_together_by_a_function_of_the_iteration():
    image = np.arange(2 * 8 * 8 * 3, dtype="float32").reshape(2, 8, 8, 3)
    shifts = set()
    for iteration in range(40):
        iterations = keras.Variable(iteration, dtype="int64")
        roll = random_roll(4, 1, iterations)
        moved = roll(tf.constant(image)).numpy()
        np.testing.assert_array_equal(moved, roll(tf.constant(image)).numpy())  # HR and SR alike
        np.testing.assert_array_equal(moved, random_roll(4, 1, iterations)(tf.constant(image)).numpy())  # and again
        found = [(y, x) for y in range(4) for x in range(4) if (np.roll(image, (y, x), (1, 2)) == moved).all()]
        assert len(found) == 1
        shifts.add(found[0])
    assert len(shifts) > 10
    assert random_roll(0, 1, iterations)(image) is image


@pytest.mark.parametrize("kind", ["pretrain", "gan", "wgan"])
def test_one_trace_a_step_however_many_are_taken_at_whatever_learning_rate(settings, kind):
    match kind:
        case "pretrain":
            recipe = Pixel(settings(kind, ema=0.5), generator(), mse, seed=0)
        case "gan":
            recipe = Adversarial(settings(kind), generator(), discriminator(), mse, seed=0)
        case "wgan":
            critic = discriminator(norm="none")
            recipe = Wasserstein(settings(kind, n_critic=2, warmup_critic=3), generator(), critic, mse, seed=0)
    stream = batches()
    for i in range(20):
        recipe.set_learning_rate(1.0 / (i + 1))
        recipe.step(i, stream)
        assert float(recipe.optimizer.learning_rate) == pytest.approx(recipe.stage.lr / (i + 1))
    assert recipe.compiled.experimental_get_tracing_count() == 1
    if kind == "wgan":
        assert recipe.compiled_critic.experimental_get_tracing_count() == 1


def test_the_average_follows_the_generator_slowly(settings):
    """EMA the right way round: average <- decay * average + (1 - decay) * weight, here after one step."""
    g = generator()
    before = weights(g)
    recipe = Pixel(settings("pretrain", ema=0.9, lr=1e-2), g, mse, seed=0)
    assert recipe.trained is not g
    recipe.step(0, batches())
    for old, new, average in zip(before, g.weights, recipe.trained.weights, strict=True):
        np.testing.assert_allclose(average.numpy(), 0.9 * old + 0.1 * new.numpy(), atol=1e-6)
    assert changed(before, recipe.trained)


def test_without_an_average_the_generator_itself_is_saved(settings):
    recipe = Pixel(settings("pretrain", ema=0.0), generator(), mse, seed=0)
    assert recipe.trained is recipe.generator


def test_after_every_critic_step_all_clipped_weights_lie_within_the_bound(settings):
    critic = discriminator()
    recipe = Wasserstein(
        settings("wgan", constraint="clip", clip=0.01, critic_lr=1e-3), generator(), critic, mse, seed=0
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


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_balanced_the_critic_s_arbitrary_scale_does_not_matter(settings, scale):
    """The adversarial gradient at SR is half as long as the content gradient, whatever the critic's unit."""
    recipe = Wasserstein(settings("wgan", adversarial_weight=0.5), generator(), discriminator(), mse, seed=0)
    rng = np.random.default_rng(0)
    content, critic = rng.normal(size=(2, 4, 32, 32, 3)).astype("float32")
    weight = float(recipe.loss.adversarial_weight(tf.constant(content), tf.constant(scale * critic)))
    assert weight * scale * np.linalg.norm(critic) == pytest.approx(0.5 * np.linalg.norm(content), rel=1e-4)
    fixed = Wasserstein(
        settings("wgan", weighting="fixed", adversarial_weight=0.5), generator(), discriminator(), mse, seed=0
    )
    assert float(fixed.loss.adversarial_weight(tf.constant(content), tf.constant(critic))) == 0.5


def test_a_silent_critic_gives_no_adversarial_gradient_and_no_nan(settings):
    recipe = Wasserstein(settings("wgan"), generator(), discriminator(), mse, seed=0)
    assert float(recipe.loss.adversarial_weight(tf.ones((1, 2, 2, 3)), tf.zeros((1, 2, 2, 3)))) == 0.0


@pytest.mark.parametrize("changes", [{}, {"warmup_every": 3}, {"warmup_every": 5, "warmup_iterations": 0}])
def test_where_in_the_data_an_iteration_starts(settings, changes):
    stage = settings("wgan", n_critic=2, warmup_critic=7, **{"warmup_iterations": 4} | changes)
    recipe = Wasserstein(stage, generator(), discriminator(), mse, seed=0)
    taken = 0
    for iteration in range(20):
        assert recipe.batches_before(iteration) == taken
        taken += recipe.critic_steps(iteration)


def test_every_critic_step_takes_a_fresh_batch(settings):
    stage = settings("wgan", n_critic=3, warmup_critic=5, warmup_iterations=1, warmup_every=0)
    recipe = Wasserstein(stage, generator(), discriminator(norm="none"), mse, seed=0)
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
    recipe = Wasserstein(stage, generator(), discriminator(norm="none"), mse, seed=0)
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


def test_gradient_penalty_trains_without_clipping(settings):
    stage = settings(
        "wgan", constraint="gradient_penalty", norm="layer", optimizer="adam", critic_lr=1e-3, n_critic=2, penalty=10.0
    )
    critic = discriminator(norm="layer")
    recipe = Wasserstein(stage, generator(), critic, mse, seed=0)
    assert recipe.bounds == []
    stream = batches()
    for i in range(3):
        metrics = recipe.step(i, stream)
    assert np.isfinite([float(value) for value in metrics.values()]).all()
    assert max(np.abs(w.numpy()).max() for w in clipped_variables(critic)) > 0.01


def test_on_a_line_the_critic_s_estimate_follows_the_exact_wasserstein_distance(settings):
    """Samples on a line, shifted by more and more: clipping leaves the scale open, the order must be right."""
    rng = np.random.default_rng(0)
    shifts = rng.permutation(np.linspace(0.05, 2.0, 12))
    stage = settings("wgan", constraint="clip", clip=0.1, critic_lr=5e-3)
    estimates, distances = [], []
    for shift in shifts:
        keras.utils.set_random_seed(1)
        critic = keras.Sequential([keras.Input((1,)), keras.layers.Dense(32, "relu"), keras.layers.Dense(1)])
        recipe = Wasserstein(stage, generator(), critic, mse, seed=0)
        train = tf.function(recipe.update_critic)
        fake = rng.normal(0, 1, (256, 1)).astype("float32")
        real = (rng.normal(0, 1, (256, 1)) + shift).astype("float32")
        for _ in range(150):
            estimate = train(tf.constant(real), tf.constant(fake))["wasserstein"]
        estimates.append(float(estimate))
        distances.append(wasserstein_distance(real[:, 0], fake[:, 0]))
    assert min(estimates) > 0
    assert spearmanr(distances, estimates).statistic > 0.95


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_keeps_output_and_weights_in_float32(settings, precision):
    g, d = generator(dtype=precision), discriminator(dtype=precision)
    recipe = Adversarial(settings("gan"), g, d, mse, seed=0, precision=precision)
    stream = batches()
    before = weights(g)
    for i in range(2):
        metrics = recipe.step(i, stream)
    assert {value.dtype for value in metrics.values()} == {tf.float32}
    assert g.output.dtype == d.output.dtype == "float32"
    assert {w.dtype for w in g.weights} == {"float32"}
    assert changed(before, g)


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_on_population_statistics_from_a_share_of_the_run_on(settings, share):
    """The generator is folded once, then its statistics rest; its average stays the same function too."""
    stage = settings("pretrain", iterations=8, ema=0.5, population_from=share)
    recipe = Pixel(stage, generator(), mse, seed=0)
    norm = recipe.generator.get_layer("block1_norm1")
    stream = batches()
    for iteration in range(8):
        before = norm.moving_mean.numpy()
        recipe.step(iteration, stream)
        if iteration < 8 * share:
            assert (norm.moving_mean.numpy() != before).all()
        else:
            np.testing.assert_array_equal(norm.moving_mean.numpy(), 0)
    assert recipe.trained.get_layer("block1_norm1").gamma.numpy() == pytest.approx(1, abs=0.1)
    np.testing.assert_array_equal(recipe.trained.get_layer("block1_norm1").moving_mean.numpy(), 0)


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop"])
def test_folded_in_the_middle_of_a_run_the_optimizer_goes_on_as_if_nothing_had_happened(settings, optimizer):
    """A kernel that is k times as large has gradients 1 / k times as large; the next step is k times as large."""
    stage = settings("pretrain", iterations=8, lr=1e-4, optimizer=optimizer, population_from=0.5)
    recipe = Pixel(stage, generator(), mse, seed=0)
    recipe.generator.get_layer("block1_norm1").gamma.assign(np.full(8, 4.0))
    kernel = recipe.generator.get_layer("block1_conv1").kernel
    batch = next(batches())
    for iteration in range(4):
        recipe.step(iteration, iter([batch]))
    moments = {order: moment.numpy() for moment, order in recipe.optimizer.moments(kernel)}
    before = kernel.numpy()
    recipe.keep_to_population(4)
    factor = np.median(kernel.numpy() / before, axis=(0, 1, 2))
    assert (np.abs(factor - 1) > 0.1).all()
    for moment, order in recipe.optimizer.moments(kernel):
        np.testing.assert_allclose(moment.numpy(), moments[order] / factor**order, rtol=1e-4)


def test_a_high_learning_rate_on_population_statistics_is_stable_from_the_first_iteration(settings):
    """Not folded, a network diverged within 12 iterations at 1e-4."""
    recipe = Pixel(settings("pretrain", lr=1e-3, population_from=0.0), generator(), mse, seed=0)
    stream = batches()
    errors = [float(recipe.step(iteration, stream)["loss"]) for iteration in range(40)]
    assert np.mean(errors[-10:]) < np.mean(errors[:10])


def test_the_discriminator_learns_alone_before_the_first_iteration(settings):
    stage = settings("gan", discriminator_warmup=3, discriminator_lr=1e-3)
    g, d = generator(), discriminator()
    recipe = Adversarial(stage, g, d, mse, seed=0)
    taken, seen = [], []

    def counted():
        for batch in batches():
            taken.append(batch)
            yield batch

    warmup = recipe.compiled_warmup

    def watched(batch):
        before = [weight.numpy().copy() for weight in g.trainable_weights]
        discriminator_before = [weight.numpy().copy() for weight in d.trainable_weights]
        warmup(batch)
        seen.append(batch)
        assert not changed(before, _Trainable(g))
        assert changed(discriminator_before, _Trainable(d))

    recipe.compiled_warmup = watched
    stream = counted()
    recipe.step(0, stream)
    assert [id(batch) for batch in taken[:3]] == [id(batch) for batch in seen]
    assert [recipe.batches_before(iteration) for iteration in range(3)] == [0, 4, 5]
    assert len(taken) == recipe.batches_before(1)
    recipe.step(1, stream)
    assert (len(taken), len(seen)) == (5, 3)


@pytest.mark.parametrize("kind", ["gan", "wgan"])
def test_the_rise_of_the_learning_rate_is_the_generator_s_alone(settings, kind):
    """A warm-up of the adversary at a fraction of its rate would leave it behind."""
    if kind == "gan":
        recipe = Adversarial(settings(kind, discriminator_lr=3e-4), generator(), discriminator(), mse, seed=0)
        other, rate = recipe.discriminator_optimizer, 3e-4
    else:
        recipe = Wasserstein(settings(kind, critic_lr=3e-4), generator(), discriminator(norm="none"), mse, seed=0)
        other, rate = recipe.critic_optimizer, 3e-4
    recipe.set_learning_rate(0.5, warmup=0.01)
    assert float(recipe.optimizer.learning_rate) == pytest.approx(0.005 * recipe.stage.lr)
    assert float(other.learning_rate) == pytest.approx(0.5 * rate)


def test_an_overflow_in_float16_leaves_a_balanced_step_out_and_its_figures_are_numbers(settings):
    """An infinite gradient at SR, as a loss scale that is too high gives it, is no divergence."""
    recipe = Wasserstein(settings("wgan", weighting="balanced"), generator(), discriminator(), mse, seed=0)
    infinite, finite = tf.fill((1, 2, 2, 3), np.inf), tf.ones((1, 2, 2, 3))
    for content, critic in [(infinite, finite), (finite, infinite), (infinite, infinite)]:
        weight = recipe.loss.adversarial_weight(content, critic)
        assert float(weight) == 0
        assert not np.isfinite((content + weight * critic).numpy()).all()  # so the optimizer sees it
