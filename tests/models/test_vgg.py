"""VGG19 features against Keras' own VGG19 with the same weights."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from srgan.data.vgg19 import write_random
from srgan.errors import UserError
from srgan.models.generator import build_generator
from srgan.models.vgg import build_vgg, parse_layer
from srgan.training.losses import vgg_loss


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """All sixteen convolutions, random."""
    path = tmp_path_factory.mktemp("vgg") / "vgg19.h5"
    write_random(path, seed=5)
    return path


def images(*shape):
    return np.random.default_rng(0).uniform(-1, 1, shape).astype("float32")


def reference_features(model, layer, image):
    """What Keras' VGG19 makes of 0..255 RGB, preprocessed by Keras' own function."""
    features = keras.Model(model.input, model.get_layer(layer).output)
    return features(keras.applications.vgg19.preprocess_input((image + 1) * 127.5), training=False).numpy()


@pytest.mark.parametrize(
    ("content", "layer"), [("vgg12", "block1_conv2"), ("vgg22", "block2_conv2"), ("vgg54", "block5_conv4")]
)
def test_features_are_those_of_keras_divided_by_12_75(weights, content, layer):
    model = keras.applications.VGG19(include_top=False, weights=str(weights))
    image = images(2, 48, 64, 3)
    expected = reference_features(model, layer, image) / 12.75
    found = build_vgg(weights, content)(image, training=False).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())
    assert found.min() >= 0  # after the activation


def test_imagenet_s_weights_load_and_a_layer_that_is_missing_is_an_error(shared):
    path = shared / "weights/vgg19_block1to3.h5"
    network = build_vgg(path, "vgg22")
    model = keras.applications.VGG19(include_top=False, weights=None)
    for layer in network.layers:
        if layer.weights:
            model.get_layer(layer.name).set_weights(layer.get_weights())
    image = images(1, 32, 32, 3)
    expected = reference_features(model, "block2_conv2", image) / 12.75
    np.testing.assert_allclose(network(image, training=False).numpy(), expected, rtol=1e-4, atol=1e-4)
    assert build_vgg(path, "vgg34").output.shape[-1] == 256
    with pytest.raises(UserError, match=r"content loss vgg54 needs block5_conv4, but the file has no block4_conv1"):
        build_vgg(path, "vgg54")


def test_vgg22_is_some_ten_thousand_times_the_mse_with_imagenet_s_weights(shared):
    """What the docstring of vgg_loss and the comments in params say of its scale."""
    from skimage import data

    photo = data.astronaut()[None, 64:256, 96:288].astype("float32")
    blurred = tf.image.resize(tf.image.resize(photo, (48, 48), antialias=True), (192, 192), method="bicubic")
    hr, sr = photo / 127.5 - 1, tf.clip_by_value(blurred, 0, 255) / 127.5 - 1
    ratio = float(vgg_loss(build_vgg(shared / "weights/vgg19_block1to3.h5", "vgg22"))(hr, sr)) / float(
        tf.reduce_mean(tf.square(hr - sr))
    )
    assert 3e3 < ratio < 3e4


def test_the_loss_has_a_gradient_in_the_generator_and_none_towards_hr(weights):
    generator = build_generator(scale=4, blocks=1, filters=4, norm="batch", skip="none")
    loss = vgg_loss(build_vgg(weights, "vgg22"))
    lr, hr = tf.constant(images(2, 8, 8, 3)), tf.constant(images(2, 32, 32, 3))
    with tf.GradientTape() as tape:
        tape.watch(hr)
        value = loss(hr, generator(lr, training=True))
    gradients = tape.gradient(value, [*generator.trainable_variables, hr])
    assert gradients.pop() is None
    assert all(gradient is not None for gradient in gradients)
    assert max(float(tf.reduce_max(tf.abs(gradient))) for gradient in gradients) > 0
    assert float(loss(hr, hr)) == 0


def test_nothing_deeper_than_the_wanted_layer_is_built(weights):
    network = build_vgg(weights, "vgg22")
    convolutions = [layer.name for layer in network.layers if isinstance(layer, keras.layers.Conv2D)]
    assert convolutions == ["block1_conv1", "block1_conv2", "block2_conv1", "block2_conv2"]
    assert network.trainable_variables == []


@pytest.mark.parametrize(
    ("content", "block", "convolution"), [("vgg22", 2, 2), ("vgg54", 5, 4), ("vgg11", 1, 1), ("vgg34", 3, 4)]
)
def test_layers_are_named_as_in_the_paper(content, block, convolution):
    assert parse_layer(content) == (block, convolution)


@pytest.mark.parametrize("content", ["vgg23", "vgg64", "vgg", "mse", "vgg222"])
def test_a_layer_that_vgg19_does_not_have(content):
    with pytest.raises(ValueError, match="names no convolution of VGG19"):
        parse_layer(content)


def test_a_file_that_is_no_weights(tmp_path):
    path = tmp_path / "vgg19.h5"
    path.write_bytes(b"no HDF5")
    with pytest.raises(UserError, match="cannot be read as VGG19 weights"):
        build_vgg(path, "vgg22")
