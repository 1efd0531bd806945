"""SRGAN's losses against what the papers derive, and its recipe over several steps.

A single step is compared with its formula in test_one_step.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf

from srgan.losses.pixel import mse
from srgan.recipes.adversarial import Adversarial, adversarial_loss, discriminator_loss
from tests.recipes.networks import batches, changed, discriminator, generator, trained


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


def test_an_adversarial_step_moves_both_networks_and_pulls_their_losses_apart(settings):
    g, d = generator(), discriminator()
    recipe = Adversarial(settings("gan", shift=0), g, d, mse, seed=0)
    before_g, before_d = trained(g), trained(d)
    stream = batches()
    metrics = [recipe.step(i, stream) for i in range(30)]
    assert changed(before_g, g)
    assert changed(before_d, d)
    d_losses = [float(m["discriminator_loss"]) for m in metrics]
    assert np.mean(d_losses[-5:]) < np.mean(d_losses[:5])


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
        before = trained(g)
        discriminator_before = trained(d)
        warmup(batch)
        seen.append(batch)
        assert not changed(before, g)
        assert changed(discriminator_before, d)

    recipe.compiled_warmup = watched
    stream = counted()
    recipe.step(0, stream)
    assert [id(batch) for batch in taken[:3]] == [id(batch) for batch in seen]
    assert [recipe.batches_before(iteration) for iteration in range(3)] == [0, 4, 5]
    assert len(taken) == recipe.batches_before(1)
    recipe.step(1, stream)
    assert (len(taken), len(seen)) == (5, 3)
