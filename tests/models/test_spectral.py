"""Spectral normalisation against a singular value decomposition."""

import numpy as np
import pytest
import tensorflow as tf

from srgan.models.discriminator import build_discriminator
from srgan.models.spectral import SpectralConv2D, SpectralDense
from srgan.models.weights import load_network, save_networks


def converged(layer, x):
    for _ in range(200):  # a step of the power iteration each
        layer(x, training=True)
    return layer


@pytest.mark.parametrize("kind", ["conv", "dense"])
def test_the_kernel_that_is_used_has_the_spectral_norm_1(kind):
    rng = np.random.default_rng(0)
    if kind == "conv":
        layer, x = SpectralConv2D(6, 3, padding="same"), rng.normal(size=(2, 8, 8, 4)).astype("float32")
    else:
        layer, x = SpectralDense(6), rng.normal(size=(5, 9)).astype("float32")
    layer.build(x.shape)
    layer.kernel.assign(3 * rng.normal(size=layer.kernel.shape))
    layer.bias.assign(rng.normal(size=6))
    y = converged(layer, x)(x).numpy()
    kernel = layer.kernel.numpy()
    divided = kernel / np.linalg.svd(kernel.reshape(-1, 6), compute_uv=False)[0]
    expected = tf.nn.conv2d(x, divided, 1, "SAME").numpy() if kind == "conv" else x @ divided
    np.testing.assert_allclose(y, expected + layer.bias.numpy(), atol=1e-4)


@pytest.mark.parametrize("network", ["srgan", "unet"])
def test_a_discriminator_comes_back_from_the_disk_with_the_vectors_of_its_power_iterations(tmp_path, network):
    spec = {"network": network, "filters": 2, "norm": "spectral", "head": "dense", "units": 4, "crop": 16}
    discriminator = build_discriminator(**spec)
    discriminator(np.random.default_rng(0).uniform(-1, 1, (2, 16, 16, 3)), training=True)
    save_networks(tmp_path / "net", {"discriminator": discriminator}, {"discriminator": spec})
    again = load_network(tmp_path / "net", "discriminator")
    for before, after in zip(discriminator.variables, again.variables, strict=True):
        np.testing.assert_array_equal(before, after, err_msg=before.path)


def test_the_gradient_goes_through_the_spectral_norm_too():
    """Miyato et al., eq. 12, by differences: of a kernel that is scaled, the output does not change."""
    rng = np.random.default_rng(1)
    layer, x = SpectralDense(4), rng.normal(size=(3, 5)).astype("float32")
    layer.build(x.shape)
    layer.kernel.assign(rng.normal(size=(5, 4)))
    direction = tf.constant(rng.normal(size=(3, 4)), tf.float32)
    converged(layer, x)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(x) * direction)
    gradient = tape.gradient(loss, layer.kernel.value).numpy()
    kernel = layer.kernel.numpy().astype("float64")

    def exact(kernel):
        return np.sum(x.astype("float64") @ kernel / np.linalg.svd(kernel, compute_uv=False)[0] * direction.numpy())

    for place in np.ndindex(kernel.shape):
        step = np.zeros_like(kernel)
        step[place] = 1e-5
        assert gradient[place] == pytest.approx((exact(kernel + step) - exact(kernel - step)) / 2e-5, abs=1e-3)
    assert np.sum(gradient * kernel) == pytest.approx(0, abs=1e-4)


def test_inference_leaves_the_power_iteration_where_it_is():
    layer, x = SpectralDense(3), np.ones((2, 4), "float32")
    layer(x, training=True)
    before = layer.right.numpy()
    layer(x)
    np.testing.assert_array_equal(layer.right.numpy(), before)
    layer(x, training=True)
    assert np.any(layer.right.numpy() != before)
