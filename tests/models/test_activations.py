"""The fused activations against Keras' own: values, gradients, and gradients of gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from srgan.models.activations import LeakyReLU, PReLU

PAIRS = [
    (PReLU, keras.layers.PReLU, {"shared_axes": [1, 2]}),
    (LeakyReLU, keras.layers.LeakyReLU, {"negative_slope": 0.2}),
]


@pytest.fixture
def x():
    return tf.constant(np.random.default_rng(3).normal(size=(2, 5, 7, 6)).astype("float32"))


def results(layer, x, **options):
    """What a layer makes of x, and the gradients of a random projection of it: at x, and at the slopes."""
    direction = tf.constant(np.random.default_rng(9).normal(size=x.shape).astype("float32"))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x, **options)
        loss = tf.reduce_sum(tf.cast(y, tf.float32) * direction)
    return [y, *tape.gradient(loss, [x, *(weight.value for weight in layer.trainable_variables)])]


def with_slopes(layer, x):
    """The layer with a slope for each channel, also a negative one and one above 1."""
    layer.build(x.shape)
    layer.set_weights([np.linspace(-0.5, 1.5, 6).reshape(weight.shape) for weight in layer.weights])
    return layer


@pytest.mark.parametrize(("ours", "theirs", "options"), PAIRS)
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("compiled", [False, True])
def test_value_and_gradients_are_keras(x, ours, theirs, options, training, compiled):
    ours, theirs = with_slopes(ours(**options), x), with_slopes(theirs(**options), x)

    def found(x):
        return results(ours, x, training=training)

    for mine, keras_s in zip((tf.function(found) if compiled else found)(x), results(theirs, x), strict=True):
        np.testing.assert_allclose(mine, keras_s, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("kind", "_", "options"), PAIRS)
def test_in_bfloat16_both_forms_are_within_its_rounding(x, kind, _, options):
    exact = with_slopes(kind(**options), x)
    rounded = with_slopes(kind(**options, dtype="mixed_bfloat16"), x)
    for training in (True, False):
        for mine, wanted in zip(
            results(rounded, tf.cast(x, tf.bfloat16), training=training), results(exact, x), strict=True
        ):
            np.testing.assert_allclose(tf.cast(mine, tf.float32), wanted, rtol=0.02, atol=0.02)


def test_the_gradient_of_a_gradient_is_keras(x):
    """As the gradient penalty takes it: through the activation, and through its gradient."""

    def penalty(activation, **options):
        first, second = (tf.constant(np.random.default_rng(s).normal(size=(6, 6)).astype("float32")) for s in (1, 2))
        with tf.GradientTape() as outer:
            outer.watch(first)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = activation(activation(x @ first, **options) @ second, **options)
            loss = tf.reduce_sum(tf.square(inner.gradient(y, x)))
        return outer.gradient(loss, first)

    theirs = penalty(keras.layers.LeakyReLU(0.2))
    assert np.abs(theirs).max() > 1.0
    np.testing.assert_allclose(penalty(LeakyReLU(0.2), training=True), theirs, rtol=1e-5)
