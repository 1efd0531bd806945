"""The U-Net discriminator against figure 6 of Wang et al. 2107.10833."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from srgan.models.spectral import SpectralConv2D
from srgan.models.unet import build_unet


def test_the_paper_s_network_layer_by_layer():
    network = build_unet(filters=64, norm="spectral")
    convolutions = {layer.name: layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D)}
    assert {name: (layer.filters, layer.kernel_size[0], layer.strides[0]) for name, layer in convolutions.items()} == {
        "first": (64, 3, 1),
        "down1": (128, 4, 2),
        "down2": (256, 4, 2),
        "down3": (512, 4, 2),
        "up1": (256, 3, 1),
        "up2": (128, 3, 1),
        "up3": (64, 3, 1),
        "extra1": (64, 3, 1),
        "extra2": (64, 3, 1),
        "last": (1, 3, 1),
    }
    normalised = {name for name, layer in convolutions.items() if isinstance(layer, SpectralConv2D)}
    assert normalised == set(convolutions) - {"first", "last"}
    # 4,376,897 weights, as the authors' network has, beside the vectors of the power iterations.
    assert sum(int(np.prod(weight.shape)) for weight in network.trainable_variables) == 4_376_897


@pytest.mark.parametrize("norm", ["spectral", "none"])
def test_a_logit_for_each_pixel_of_any_picture(norm):
    network = build_unet(filters=2, norm=norm, dtype="mixed_bfloat16")
    for height, width in [(32, 32), (40, 72)]:
        logits = network(np.zeros((2, height, width, 3), "float32"), training=True)
        assert logits.shape == (2, height, width, 1)
        assert logits.dtype == "float32"


def test_a_pixel_s_logit_depends_on_what_is_near_it_and_on_what_is_far():
    network = build_unet(filters=4, norm="none")
    keras.utils.set_random_seed(0)
    image = np.random.default_rng(0).uniform(-1, 1, (1, 64, 64, 3)).astype("float32")
    logits = network(image).numpy()[0, ..., 0]
    image[0, 32, 32] += 1
    changed = np.abs(network(image).numpy()[0, ..., 0] - logits)
    assert changed[32, 32] > 0
    assert 0 < changed[32, 16] < changed[32, 32]  # through the smallest feature maps


def test_small_features_are_enlarged_without_blocks():
    """Bilinear, as in the authors' code."""
    network = build_unet(filters=2, norm="none")
    enlargements = [layer for layer in network.layers if isinstance(layer, keras.layers.UpSampling2D)]
    ramp = np.arange(4.0, dtype="float32").reshape(1, 1, 4, 1)
    for layer in enlargements:
        np.testing.assert_allclose(layer(ramp)[0, 0, :, 0], [0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3], atol=1e-6)
    assert len(enlargements) == 3


def test_its_logits_are_those_of_the_figure():
    """Figure 6 written out: what goes down is added on the way up, and all but the last convolution end in a slope."""
    keras.utils.set_random_seed(0)
    network = build_unet(filters=2, norm="none")
    image = np.random.default_rng(0).uniform(-1, 1, (1, 16, 24, 3)).astype("float32")

    def conv(x, name, stride=1):
        kernel, bias = network.get_layer(name).get_weights()
        return tf.nn.conv2d(x, kernel, stride, "SAME") + bias

    def sloped(x, name, stride=1):
        x = conv(x, name, stride)
        return tf.where(x > 0, x, 0.2 * x)

    def twice(x):
        return tf.image.resize(x, [2 * x.shape[1], 2 * x.shape[2]], "bilinear")

    full = sloped(image, "first")
    half = sloped(full, "down1", 2)
    quarter = sloped(half, "down2", 2)
    x = sloped(twice(sloped(quarter, "down3", 2)), "up1") + quarter
    x = sloped(twice(x), "up2") + half
    x = sloped(twice(x), "up3") + full
    expected = conv(sloped(sloped(x, "extra1"), "extra2"), "last")
    np.testing.assert_allclose(network(image), expected, atol=1e-5)
    assert np.std(expected) > 1e-3
