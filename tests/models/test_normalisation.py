"""Normalisations against plain numpy and Keras."""

import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from srgan.models.normalisation import EPSILON, BatchNormalization, VirtualBatchNormalization, normalisation


def random_images(shape, seed=0):
    return np.random.default_rng(seed).uniform(size=shape).astype("float32")


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_the_fused_batch_normalisation_is_keras(dtype):
    fused, plain = (kind(epsilon=EPSILON, dtype=dtype) for kind in (BatchNormalization, layers.BatchNormalization))
    rng = np.random.default_rng(5)
    direction = rng.normal(size=(3, 6, 5, 4)).astype("float32")
    results = []
    for layer in (fused, plain):
        layer.build((None, None, None, 4))
        layer.gamma.assign([1.0, 0.5, 2.0, -1.0])
        layer.beta.assign([0.0, 1.0, -1.0, 0.5])
    for step in range(3):
        x = tf.constant(np.random.default_rng(step).normal(1, 2, (3, 6, 5, 4)), layer.compute_dtype)
        for layer in (fused, plain):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = layer(x, training=True)
                loss = tf.reduce_sum(tf.cast(y, tf.float32) * direction)
            results.append([y, *tape.gradient(loss, [x, layer.gamma.value, layer.beta.value])])
            results[-1] += [layer(x, training=False), layer.moving_mean, layer.moving_variance]
        tolerance = 1e-4 if dtype == "float32" else 0.06
        for ours, theirs in zip(*results[-2:], strict=True):
            np.testing.assert_allclose(
                tf.cast(ours, tf.float32), tf.cast(theirs, tf.float32), rtol=tolerance, atol=tolerance
            )


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_on_population_statistics_training_normalises_as_use_does(dtype):
    layer = BatchNormalization(epsilon=EPSILON, dtype=dtype)
    layer.build((None, None, None, 4))
    layer.population = True
    statistics = {"moving_mean": [1.0, -2.0, 0.0, 5.0], "moving_variance": [1.0, 4.0, 0.25, 2.0]}
    for name, values in statistics.items():
        getattr(layer, name).assign(values)
    layer.gamma.assign([1.0, 0.5, 2.0, -1.0])
    direction = np.random.default_rng(5).normal(size=(3, 6, 5, 4)).astype("float32")
    x = tf.constant(np.random.default_rng(6).normal(1, 2, (3, 6, 5, 4)), layer.compute_dtype)
    results = []
    for training in (True, False):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=training)
            loss = tf.reduce_sum(tf.cast(y, tf.float32) * direction)
        results.append([y, *tape.gradient(loss, [x, layer.gamma.value, layer.beta.value])])
    tolerance = 1e-4 if dtype == "float32" else 0.06
    for ours, theirs in zip(*results, strict=True):
        np.testing.assert_allclose(
            tf.cast(ours, tf.float32), tf.cast(theirs, tf.float32), rtol=tolerance, atol=tolerance
        )
    for name, values in statistics.items():
        np.testing.assert_array_equal(getattr(layer, name), np.float32(values))


def virtual_batch_norm_by_definition(reference, x, gamma, beta):
    """Salimans et al. 3.5 in float64: the batch (reference, sample) normalises each sample."""
    reference, x = reference.astype("float64"), x.astype("float64")
    n = len(reference)
    result = []
    for sample in x:
        means = [image.mean(axis=(0, 1)) for image in (*reference, sample)]
        squares = [(image**2).mean(axis=(0, 1)) for image in (*reference, sample)]
        mean = sum(means) / (n + 1)
        variance = sum(squares) / (n + 1) - mean**2
        result.append((sample - mean) / np.sqrt(variance + EPSILON) * gamma + beta)
    return np.stack(result)


def test_virtual_batch_normalisation_is_the_definition():
    rng = np.random.default_rng(2)
    reference, x = rng.normal(1, 2, (4, 6, 6, 3)).astype("float32"), rng.normal(-1, 3, (5, 6, 6, 3)).astype("float32")
    layer = VirtualBatchNormalization(4)
    layer.build((None, None, None, 3))
    gamma, beta = rng.normal(1, 0.2, 3), rng.normal(0, 0.2, 3)
    layer.gamma.assign(gamma)
    layer.beta.assign(beta)
    y = layer(np.concatenate([reference, x]), training=True).numpy()
    expected = virtual_batch_norm_by_definition(reference, x, gamma, beta)
    np.testing.assert_allclose(y[4:], expected, atol=1e-5)
    own = (reference - reference.mean((0, 1, 2))) / np.sqrt(reference.var((0, 1, 2)) + EPSILON) * gamma + beta
    np.testing.assert_allclose(y[:4], own, atol=1e-5)
    # Inference needs no reference pass, gives the same, and takes any size.
    np.testing.assert_allclose(layer(x, training=False).numpy(), expected, atol=1e-5)
    larger = rng.normal(size=(1, 9, 14, 3)).astype("float32")
    expected = virtual_batch_norm_by_definition(reference, larger, gamma, beta)
    np.testing.assert_allclose(layer(larger, training=False).numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "mixed_float16"])
def test_virtual_batch_normalisation_in_half_the_width_is_that_in_full(dtype):
    x = np.random.default_rng(2).normal(1, 2, (9, 6, 6, 3)).astype("float32")
    full, half = (VirtualBatchNormalization(4, dtype=kind) for kind in ("float32", dtype))
    for training in (True, False):
        expected = full(x, training=training)
        found = half(tf.cast(x, half.compute_dtype), training=training)
        assert found.dtype == half.compute_dtype
        np.testing.assert_allclose(tf.cast(found, tf.float32), expected, atol=0.05)


def test_virtual_batch_normalisation_sends_gradients_through_the_reference():
    layer = VirtualBatchNormalization(2)
    x = tf.constant(random_images((3, 4, 4, 2)))
    layer.build(x.shape)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(layer(x, training=True)[2:] ** 3)
    assert np.abs(tape.gradient(y, x)[:2].numpy()).max() > 1e-4


def test_layer_normalisation_is_over_all_features_of_a_sample():
    x = random_images((3, 5, 4, 6))
    y = normalisation("layer", name="norm", dtype="float32")(x).numpy()
    mean, variance = x.mean((1, 2, 3), keepdims=True), x.var((1, 2, 3), keepdims=True)
    np.testing.assert_allclose(y, (x - mean) / np.sqrt(variance + EPSILON), atol=1e-5)


def test_an_unknown_normalisation_is_refused():
    with pytest.raises(ValueError, match="no normalisation 'batches'"):
        normalisation("batches", name="norm", dtype="float32")
