"""The discriminator on VGG16's features."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.datasets import load_sample_image

from srgan.data.images import to_signed
from srgan.models.discriminator import build_discriminator
from srgan.models.projected import VGG16_LAYERS, build_projected
from srgan.models.spectral import SpectralConv2D
from srgan.models.vgg import build_vgg
from srgan.models.weights import load_network, save_networks


@pytest.fixture(scope="module")
def photograph():
    return to_signed(load_sample_image("china.jpg"))[None, :160, :240]  # (1, 160, 240, 3)


def convolutions(network):
    return {layer.name: layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D)}


def test_a_head_for_each_layer_brings_its_map_to_an_eighth(vgg16):
    found = convolutions(build_projected(filters=8, norm="spectral", vgg16=vgg16))
    assert {name: (layer.filters, layer.kernel_size[0], layer.strides[0]) for name, layer in found.items()} == {
        "block1_conv2_down1": (8, 4, 2),
        "block1_conv2_down2": (16, 4, 2),
        "block1_conv2_down3": (32, 4, 2),
        "block1_conv2_same": (32, 3, 1),
        "block1_conv2_last": (1, 3, 1),
        "block2_conv2_down1": (8, 4, 2),
        "block2_conv2_down2": (16, 4, 2),
        "block2_conv2_same": (32, 3, 1),
        "block2_conv2_last": (1, 3, 1),
        "block3_conv3_down1": (8, 4, 2),
        "block3_conv3_same": (32, 3, 1),
        "block3_conv3_last": (1, 3, 1),
    }
    assert all(isinstance(layer, SpectralConv2D) != name.endswith("_last") for name, layer in found.items())
    plain = convolutions(build_projected(filters=8, norm="none", vgg16=vgg16))
    assert not any(isinstance(layer, SpectralConv2D) for layer in plain.values())


def test_it_sees_an_image_by_vgg_s_features(vgg16, photograph):
    network = build_projected(filters=2, norm="none", vgg16=vgg16)
    found = network.get_layer("features")(photograph)
    expected = build_vgg(vgg16, list(VGG16_LAYERS), "vgg16")(photograph)
    for layer, (size, _) in VGG16_LAYERS.items():
        np.testing.assert_allclose(size * found[layer], expected[layer], rtol=1e-5, atol=1e-3)
        rms = np.sqrt(np.mean(np.square(found[layer])))
        assert 0.5 < rms < 2, f"{layer}: {size} is not how large its features are on photographs"


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_logits_for_each_square_of_any_picture(vgg16, dtype):
    network = build_projected(filters=2, norm="none", vgg16=vgg16, dtype=dtype)
    for height, width in [(32, 32), (40, 72)]:
        logits = network(np.zeros((2, height, width, 3), "float32"), training=True)
        assert logits.shape == (2, height // 8, width // 8, len(VGG16_LAYERS))
        assert logits.dtype == "float32"


def test_vgg_is_frozen_and_no_part_of_the_weights(vgg16, photograph, tmp_path):
    spec = {"network": "projected", "filters": 2, "norm": "spectral", "head": "dense", "units": 8, "crop": 32}
    network = build_discriminator(**spec, vgg16=vgg16)
    assert len(network.variables) == sum(len(layer.variables) for layer in convolutions(network).values())
    save_networks(tmp_path / "net", {"discriminator": network}, {"discriminator": spec})
    again = load_network(tmp_path / "net", "discriminator", vgg16=vgg16)
    np.testing.assert_array_equal(again(photograph), network(photograph))


def test_the_generator_gets_a_gradient_through_vgg(vgg16, photograph):
    network = build_projected(filters=2, norm="none", vgg16=vgg16)
    image = tf.constant(photograph[:, :32, :32])
    with tf.GradientTape() as tape:
        tape.watch(image)
        logits = network(image, training=True)
        score = tf.reduce_sum(logits[:, 0, 0])
    gradient = np.abs(tape.gradient(score, image)).sum(axis=-1)[0]
    assert gradient[:8, :8].max() > 0
    assert gradient[:8, :8].mean() > gradient[-8:, -8:].mean(), "a logit judges what is near it"
