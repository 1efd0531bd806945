"""Layers against plain numpy, and against Keras' own where they are a faster form of one."""

import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from srgan.data.resize import enlarge
from srgan.models.layers import ICNR, BicubicUpsampling, DepthToSpace, NarrowConv2D


def random_images(shape, seed=0):
    return np.random.default_rng(seed).uniform(size=shape).astype("float32")


@pytest.mark.parametrize("factor", [2, 3])
def test_depth_to_space_places_channels_as_shi_et_al_equation_4(factor):
    x = random_images((2, 4, 5, factor**2 * 3))
    y = DepthToSpace(factor)(x).numpy()
    expected = np.empty((2, 4 * factor, 5 * factor, 3), "float32")
    for row in range(4 * factor):
        for column in range(5 * factor):
            phase = (row % factor) * factor + column % factor
            expected[:, row, column] = x[:, row // factor, column // factor, phase * 3 : phase * 3 + 3]
    np.testing.assert_array_equal(y, expected)


@pytest.mark.parametrize("factor", [2, 3])
def test_icnr_starts_as_nearest_neighbour_upsampling(factor):
    convolution = layers.Conv2D(8 * factor**2, 3, padding="same", kernel_initializer=ICNR(factor))
    y = DepthToSpace(factor)(convolution(random_images((1, 6, 7, 5)))).numpy()
    nearest = np.repeat(np.repeat(y[:, ::factor, ::factor], factor, axis=1), factor, axis=2)
    kernels = np.split(convolution.kernel.numpy(), factor**2, axis=-1)
    assert all((kernel == kernels[0]).all() for kernel in kernels)
    np.testing.assert_allclose(y, nearest, atol=1e-6)  # each processor adds up equal products in an order of its own
    assert y.std() > 0


@pytest.mark.parametrize("factor", [2, 3, 4, 8])
@pytest.mark.parametrize("size", [(1, 1), (2, 5), (17, 12)])
def test_bicubic_layer_is_the_resize_of_the_data_up_to_its_rounding(factor, size):
    lr = np.random.default_rng(1).integers(0, 256, (*size, 3), dtype=np.uint8)
    rounded = np.round(255 * BicubicUpsampling(factor)(lr[None].astype("float32") / 255)[0].numpy())
    assert np.abs(rounded - enlarge(lr, factor)).max() <= 1


def output_and_gradients(layer, x):
    """What a layer makes of x, and the gradients of a random projection of it: at x, and at each weight."""
    x = tf.constant(x)
    direction = np.random.default_rng(9).normal(size=layer(x).shape).astype("float32")
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x)
        loss = tf.reduce_sum(tf.cast(y, tf.float32) * direction)
    return [y, *tape.gradient(loss, [x, *(weight.value for weight in layer.trainable_variables)])]


@pytest.mark.parametrize(
    ("fast_kind", "slow_kind", "options"),
    [
        (NarrowConv2D, layers.Conv2D, {"filters": 3, "kernel_size": 9, "padding": "same"}),
        (NarrowConv2D, layers.Conv2D, {"filters": 2, "kernel_size": (5, 3), "padding": "same"}),
    ],
)
@pytest.mark.parametrize("size", [(12, 10), (1, 3)])
def test_the_fast_forms_are_keras_layers_in_value_and_gradient(fast_kind, slow_kind, options, size):
    fast, slow = fast_kind(**options), slow_kind(**options)
    rng = np.random.default_rng(3)
    x = rng.normal(size=(2, *size, 6)).astype("float32")
    for layer in (fast, slow):
        layer.build(x.shape)
    weights = [rng.normal(0.2, 0.2, weight.shape) for weight in slow.weights]
    for layer in (fast, slow):
        layer.set_weights(weights)
    for ours, theirs in zip(output_and_gradients(fast, x), output_and_gradients(slow, x), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=2e-5)


def test_the_narrow_convolution_gives_float32_under_mixed_precision():
    layer = NarrowConv2D(3, 9, padding="same", dtype="mixed_bfloat16")
    x = random_images((1, 12, 12, 64))
    y = layer(tf.cast(x, tf.bfloat16))
    assert y.dtype == tf.float32
    exact = tf.nn.conv2d(x, layer.kernel.value, 1, "SAME")
    assert np.abs(y - exact).max() < 0.01 * np.abs(exact).max()
