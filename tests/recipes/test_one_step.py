"""One step of each recipe, gradient by gradient, against the formula written out from the paper."""

import numpy as np
import pytest
import tensorflow as tf

from srgan.data.batches import Batch
from srgan.recipes.adversarial import Adversarial
from srgan.recipes.pixel import Pixel
from srgan.recipes.recipe import StepOptions
from srgan.recipes.wasserstein import Wasserstein
from tests.recipes import networks
from tests.recipes.formulas import (
    AGAINST,
    EVERY_TERM,
    LIMIT,
    SEED,
    SIDE,
    assert_same,
    content,
    copy,
    cross_entropy,
    generator_gradients,
    moved,
    record,
)


@pytest.fixture
def settings(settings):
    """A function giving a stage's settings with every term of the loss, and some changed."""
    return lambda stage, **changes: settings(stage, **EVERY_TERM | changes)


@pytest.fixture
def batch():
    rng = np.random.default_rng(3)
    hr = np.kron(rng.uniform(-1, 1, (4, 8, 8, 3)), np.ones((1, 4, 4, 1))) + rng.normal(0, 0.1, (4, SIDE, SIDE, 3))
    hr = tf.constant(np.clip(hr, -1, 1), tf.float32)
    return Batch(lr=(tf.nn.avg_pool2d(hr, 4, 4, "VALID") + 1) / 2, hr=hr)


def generator():
    network = networks.generator()
    last = network.get_layer("last")  # at zero nothing behind it would get a gradient
    last.set_weights([np.random.default_rng(0).normal(0, 0.05, weight.shape) for weight in last.get_weights()])
    return network


def judge(**changes):
    return networks.discriminator(units=8, **changes)


def test_srresnet_s_step(settings, batch):
    network = generator()
    expected = generator_gradients(copy(network), batch)
    recipe = Pixel(settings("pretrain"), network, content, StepOptions(seed=SEED))
    found = record(recipe.optimizer)
    recipe.update(batch)
    assert_same(found, expected, network)


@pytest.mark.parametrize("weighting", ["fixed", "balanced"])
@pytest.mark.parametrize("game", ["standard", "relativistic", "paired"])
@pytest.mark.parametrize(
    "network",
    [{"norm": "batch"}, {"network": "unet", "norm": "none"}, {"network": "projected", "norm": "none"}],
    ids=["srgan", "unet", "projected"],
)
def test_srgan_s_step(settings, batch, game, weighting, network, random_vgg):
    """Ledig et al. eq. 2, 3, 6; Salimans et al. 3.4; Jolicoeur-Martineau eq. 13, 14 and RSGAN; Esser et al. eq. 7."""
    g, d, plain_d = generator(), *(judge(**network, vgg16=random_vgg["vgg16"]) for _ in range(2))
    plain_g = copy(g)
    real_label, fake_label = 0.85, 0.05

    def logits(sr):
        real, fake = plain_d(moved(batch.hr), training=True), plain_d(moved(sr), training=True)
        if game == "standard":
            return real, fake
        if game == "paired":
            return real - fake, fake - real
        return real - tf.reduce_mean(fake), fake - tf.reduce_mean(real)

    def adversary(sr):
        real, fake = logits(sr)
        loss = cross_entropy(fake, 1.0)
        return loss if game == "standard" else loss + cross_entropy(real, 0.0)

    expected_g = generator_gradients(plain_g, batch, adversary, weighting == "balanced")
    sr = tf.stop_gradient(plain_g(batch.lr, training=True))
    with tf.GradientTape() as tape:
        real, fake = logits(sr)
        loss = cross_entropy(real, real_label) + cross_entropy(fake, fake_label)
    expected_d = tape.gradient(loss, plain_d.trainable_variables)

    labels = {"real_label": real_label, "fake_label": fake_label}
    stage = settings("gan", **AGAINST, **labels, game=game, weighting=weighting)
    recipe = Adversarial(stage, g, d, content, StepOptions(seed=SEED))
    found_g, found_d = record(recipe.optimizer), record(recipe.discriminator_optimizer)
    recipe.update(batch)
    assert_same(found_d, expected_d, d)
    assert_same(found_g, expected_g, g)


@pytest.mark.parametrize("network", ["srgan", "unet", "projected"])
def test_the_penalised_discriminator_s_step(settings, batch, network, random_vgg):
    """R1 and R2: half the penalty's weight times the mean squared length of a sample's gradient, at HR and at SR
    (Mescheder et al. 2018, section 4.1), beside the loss in pairs (Huang et al. 2025).
    """
    g, d, plain_d = generator(), *(judge(network=network, norm="none", vgg16=random_vgg["vgg16"]) for _ in range(2))
    hr, sr = moved(batch.hr), moved(tf.stop_gradient(copy(g)(batch.lr, training=True)))
    penalty = 300.0
    with tf.GradientTape() as tape:
        real, fake = plain_d(hr, training=True), plain_d(sr, training=True)
        loss = plain_loss = cross_entropy(real - fake, 1.0) + cross_entropy(fake - real, 0.0)
        for images in (hr, sr):
            for one in tf.split(images, len(images)):  # a sample by itself
                with tf.GradientTape() as inner:
                    inner.watch(one)
                    logit = tf.reduce_mean(plain_d(one, training=True))
                loss += penalty / 2 * tf.reduce_sum(inner.gradient(logit, one) ** 2) / len(images)
    expected = tape.gradient(loss, plain_d.trainable_variables)

    labels = {"real_label": 1.0, "fake_label": 0.0}
    stage = settings("gan", **AGAINST, **labels, game="paired", discriminator_penalty=penalty)
    recipe = Adversarial(stage, g, d, content, StepOptions(seed=SEED))
    record(recipe.optimizer)
    found = record(recipe.discriminator_optimizer)
    figures = recipe.update(batch)
    assert float(loss - plain_loss) > 1e-4
    assert float(figures["discriminator_loss"]) == pytest.approx(float(plain_loss), rel=1e-5)
    assert_same(found, expected, d)


@pytest.mark.parametrize("weighting", ["fixed", "balanced"])
@pytest.mark.parametrize("constraint", ["clip", "gradient_penalty"])
@pytest.mark.parametrize("network", ["srgan", "projected"])
def test_wgan_s_step(settings, batch, network, constraint, weighting, random_vgg):
    """Arjovsky et al., Algorithm 1, lines 5 and 10; Gulrajani et al., eq. 3 and Algorithm 1, lines 4 to 7."""
    g, critic, plain = generator(), *(judge(network=network, norm="none", vgg16=random_vgg["vgg16"]) for _ in range(2))
    plain_g = copy(g)
    penalty = 10.0

    sr = tf.stop_gradient(plain_g(batch.lr, training=True))
    at = tf.random.stateless_uniform([4], [0, SEED])
    assert len(set(at.numpy().tolist())) == 4  # a point of its own for each sample
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(plain(moved(sr))) - tf.reduce_mean(plain(moved(batch.hr)))
        if constraint == "gradient_penalty":
            epsilon = at[:, None, None, None]
            between = epsilon * moved(batch.hr) + (1 - epsilon) * moved(sr)
            with tf.GradientTape() as inner:
                inner.watch(between)
                scores = tf.reduce_mean(tf.reshape(plain(between), [4, -1]), axis=1)  # of a map: its mean
            norms = tf.norm(tf.reshape(inner.gradient(scores, between), [4, -1]), axis=1)
            loss += penalty * tf.reduce_mean((norms - 1.0) ** 2)
    expected_critic = tape.gradient(loss, plain.trainable_variables)
    expected_g = generator_gradients(
        plain_g, batch, lambda sr: -tf.reduce_mean(plain(moved(sr))), weighting == "balanced"
    )

    # A bound that nothing reaches: clipping is a test of its own.
    stage = settings("wgan", **AGAINST, constraint=constraint, penalty=penalty, weighting=weighting, clip=100.0)
    recipe = Wasserstein(stage, g, critic, content, StepOptions(seed=SEED))
    found_g, found_critic = record(recipe.optimizer), record(recipe.critic_optimizer)
    recipe.update(batch)
    assert_same(found_critic, expected_critic, critic)
    assert_same(found_g, expected_g, g)
    other = record(recipe.critic_optimizer)
    recipe.update_critic_alone(batch)  # without the generator's step it is the same step of the critic
    assert_same(other, expected_critic, critic)


def test_the_generator_meets_the_discriminator_as_its_step_has_left_it(settings, batch):
    g, d = generator(), judge()
    recipe = Adversarial(settings("gan", **AGAINST, discriminator_lr=0.1), g, d, content, StepOptions(seed=SEED))
    plain_g, plain_d = copy(g), copy(d)
    found = record(recipe.optimizer)
    recipe.update(batch)
    plain_d.set_weights(d.get_weights())
    expected = generator_gradients(plain_g, batch, lambda sr: cross_entropy(plain_d(moved(sr), training=True), 1.0))
    assert_same(found, expected, g)


def test_each_of_the_discriminator_s_steps_meets_another_shift(settings, batch):
    """The generator then meets the last one's."""
    recipe = Adversarial(
        settings("gan", **AGAINST, discriminator_steps=3), generator(), judge(), content, StepOptions(seed=SEED)
    )
    expected = [tf.random.stateless_uniform([2], [i, SEED], 0, LIMIT, tf.int32).numpy().tolist() for i in range(3)]
    sr = recipe.generator(batch.lr, training=True)
    seen = {"update_discriminator": [], "adversarial_loss": []}

    def spy(method):
        original = getattr(recipe, method)

        def spied(hr_seen, sr_seen):
            shifts = [tf.roll(batch.hr, shift, axis=[1, 2]) for shift in expected]
            (which,) = [i for i, hr in enumerate(shifts) if np.array_equal(hr, hr_seen)]
            np.testing.assert_array_equal(sr_seen, tf.roll(sr, expected[which], axis=[1, 2]))
            seen[method].append(which)
            return original(hr_seen, sr_seen)

        setattr(recipe, method, spied)

    for method in seen:
        spy(method)
    recipe.update(batch)
    assert seen == {"update_discriminator": [0, 1, 2], "adversarial_loss": [2]}
    assert int(recipe.discriminator_optimizer.iterations.numpy()) == 3


def test_srgan_s_warm_up_is_the_discriminator_s_own_step(settings, batch):
    """On images that are made and moved as in every other step."""
    g, d = generator(), judge()
    recipe = Adversarial(settings("gan", **AGAINST), g, d, content, StepOptions(seed=SEED))
    record(recipe.optimizer)
    expected = record(recipe.discriminator_optimizer)
    recipe.update(batch)
    found = record(recipe.discriminator_optimizer)
    recipe.update_discriminator_alone(batch)
    assert_same(found, [expected[weight.path] for weight in d.trainable_variables], d)
