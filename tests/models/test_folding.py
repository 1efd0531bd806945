"""Batch normalisation on population statistics: the same function, folded; and in training it stays what it is."""

import keras
import numpy as np
import tensorflow as tf

from srgan.models.folding import fold_in_place
from srgan.models.generator import build_generator
from srgan.models.normalisation import BatchNormalization, use_population_statistics


def trained_generator():
    """A generator whose statistics, scales and offsets are not those it began with."""
    keras.utils.set_random_seed(0)
    network = build_generator(scale=4, blocks=2, filters=8, norm="batch", skip="bicubic")
    rng = np.random.default_rng(0)
    for weight in network.weights:
        if weight.name in ("moving_variance", "gamma"):
            weight.assign(rng.uniform(0.2, 3.0, weight.shape))
        elif weight.name in ("moving_mean", "beta") or "last" in weight.path:
            weight.assign(rng.normal(0, 0.3, weight.shape))
    return network


def lr(count=3):
    return np.random.default_rng(1).uniform(size=(count, 12, 10, 3)).astype("float32")


def norms(network):
    return [layer for layer in network.layers if isinstance(layer, BatchNormalization)]


def test_folded_it_is_the_same_function():
    network = trained_generator()
    before, kernel = network(lr()).numpy(), network.get_layer("block1_conv1").kernel.numpy()
    factors = {kernel.path: factor for kernel, factor in fold_in_place(network)}
    np.testing.assert_allclose(network(lr()).numpy(), before, rtol=1e-4, atol=1e-3)
    assert len(factors) == 2 * 2 + 1
    folded = network.get_layer("block1_conv1").kernel
    np.testing.assert_allclose(folded.numpy(), kernel * factors[folded.path].numpy(), rtol=1e-6)
    for norm in norms(network):
        np.testing.assert_array_equal(norm.gamma.numpy(), 1)
        np.testing.assert_array_equal(norm.moving_mean.numpy(), 0)
        np.testing.assert_allclose(norm.moving_variance.numpy() + norm.epsilon, 1)


def test_on_population_statistics_training_and_inference_are_one_function_and_no_statistic_moves():
    network = trained_generator()
    inference = network(lr()).numpy()
    assert np.abs(network(lr(), training=True).numpy() - inference).max() > 0.1
    network = trained_generator()
    use_population_statistics(network)
    statistics = [norm.moving_mean.numpy() for norm in norms(network)]
    np.testing.assert_allclose(network(lr(), training=True).numpy(), inference, rtol=1e-4, atol=1e-3)
    for norm, before in zip(norms(network), statistics, strict=True):
        np.testing.assert_array_equal(norm.moving_mean.numpy(), before)


def test_a_sample_s_gradient_does_not_depend_on_the_others():
    network = trained_generator()
    use_population_statistics(network)
    images = tf.constant(lr())
    with tf.GradientTape() as tape:
        tape.watch(images)
        first = tf.reduce_sum(network(images, training=True)[0])
    assert np.abs(tape.gradient(first, images)[1:].numpy()).max() == 0
