"""Layers against plain numpy."""

import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from srgan.data.resize import enlarge
from srgan.models.layers import (
    EPSILON,
    ICNR,
    BicubicUpsampling,
    DepthToSpace,
    VirtualBatchNormalization,
    normalisation,
)


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
    np.testing.assert_array_equal(y, nearest)
    assert y.std() > 0


@pytest.mark.parametrize("factor", [2, 3, 4, 8])
@pytest.mark.parametrize("size", [(1, 1), (2, 5), (17, 12)])
def test_bicubic_layer_is_the_resize_of_the_data_up_to_its_rounding(factor, size):
    lr = np.random.default_rng(1).integers(0, 256, (*size, 3), dtype=np.uint8)
    rounded = np.round(255 * BicubicUpsampling(factor)(lr[None].astype("float32") / 255)[0].numpy())
    assert np.abs(rounded - enlarge(lr, factor)).max() <= 1


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
