"""VGG's features against Keras' own VGG with the same weights."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from srgan.errors import UserError
from srgan.losses.content import content_loss
from srgan.models.generator import build_generator
from srgan.models.vgg import MaxPool, build_vgg, largest_of_slices
from srgan.sources.vgg_weights import write_random

KERAS = {"vgg16": keras.applications.vgg16, "vgg19": keras.applications.vgg19}


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Network -> a file with all its convolutions, random."""
    folder = tmp_path_factory.mktemp("vgg")
    for network in KERAS:
        write_random(folder / f"{network}.h5", 5, network)
    return {network: folder / f"{network}.h5" for network in KERAS}


def images(*shape):
    return np.random.default_rng(0).uniform(-1, 1, shape).astype("float32")


def reference_features(network, weights, layers, image, before_activation=False):
    """What Keras' VGG makes of 0..255 RGB, preprocessed by Keras' own function."""
    module = KERAS[network]
    model = getattr(module, network.upper())(include_top=False, weights=None)
    model.load_weights(weights, by_name=True)
    if before_activation:
        for layer in layers:
            model.get_layer(layer).activation = keras.activations.linear
    features = keras.Model(model.input, {layer: model.get_layer(layer).output for layer in layers})
    found = features(module.preprocess_input((image + 1) * 127.5), training=False)
    return [found[layer].numpy() for layer in layers]


@pytest.mark.parametrize("network", KERAS)
@pytest.mark.parametrize("layer", ["block1_conv2", "block2_conv2", "block5_conv3"])
def test_features_are_those_of_keras(weights, network, layer):
    image = images(2, 48, 64, 3)
    (expected,) = reference_features(network, weights[network], [layer], image)
    found = build_vgg(weights[network], [layer], network)(image, training=False)[layer]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())
    assert found.numpy().min() >= 0  # after the activation


def test_before_the_activation_features_are_negative_too(weights):
    image = images(1, 48, 64, 3)
    (expected,) = reference_features("vgg19", weights["vgg19"], ["block3_conv4"], image, before_activation=True)
    found = build_vgg(weights["vgg19"], ["block3_conv4"], before_activation=True)(image, training=False)["block3_conv4"]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())
    assert found.numpy().min() < 0


@pytest.mark.parametrize("sides", [(6, 8), (7, 5), (2, 3)])
def test_slices_pool_as_tensorflow_does_in_value_and_gradient_where_some_are_equal_too(sides):
    rng = np.random.default_rng(0)
    x = tf.constant(rng.integers(0, 3, (2, *sides, 5)), tf.float32)  # most windows have several largest
    weights = tf.constant(rng.normal(size=(2, sides[0] // 2, sides[1] // 2, 5)), tf.float32)

    def pooled_and_gradients(pool):
        """The largest, their gradient in x, and that of its square in the weights, as a gradient penalty has it."""
        with tf.GradientTape() as penalised:
            penalised.watch(weights)
            with tf.GradientTape() as tape:
                tape.watch(x)
                pooled = pool(x)
                loss = tf.reduce_sum(weights * pooled)
            gradient = tape.gradient(loss, x)
            penalty = tf.reduce_sum(tf.square(gradient))
        return pooled, gradient, penalised.gradient(penalty, weights)

    expected = pooled_and_gradients(lambda x: tf.nn.max_pool2d(x, 2, 2, "VALID"))
    for jit in (False, True):
        found = tf.function(pooled_and_gradients, jit_compile=jit)(largest_of_slices)
        for ours, theirs in zip(found, expected, strict=True):
            np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(("gpus", "pooled"), [([], True), (["GPU:0"], False)])
def test_on_a_gpu_no_operation_is_left_that_xla_has_no_deterministic_gradient_of_there(monkeypatch, gpus, pooled):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: gpus if kind == "GPU" else [])
    graph = tf.function(MaxPool()).get_concrete_function(tf.TensorSpec((1, 4, 4, 1))).graph
    assert ("MaxPool" in {operation.type for operation in graph.get_operations()}) == pooled


@pytest.mark.parametrize("before_activation", [False, True])
def test_several_layers_at_once_are_each_as_alone(weights, before_activation):
    image = images(1, 33, 47, 3)
    wanted = ["block3_conv3", "block1_conv2", "block2_conv1"]
    found = build_vgg(weights["vgg16"], wanted, "vgg16", before_activation)(image, training=False)
    assert [found[layer].shape for layer in wanted] == [(1, 8, 11, 256), (1, 33, 47, 64), (1, 16, 23, 128)]
    for layer, features in found.items():
        (alone,) = build_vgg(weights["vgg16"], [layer], "vgg16", before_activation)(image, training=False).values()
        np.testing.assert_allclose(features, alone, rtol=1e-5, atol=1e-4)


def test_mixed_precision_gives_features_in_full(weights):
    vgg = build_vgg(weights["vgg19"], ["block1_conv1", "block2_conv2"], dtype="mixed_bfloat16")
    assert vgg.get_layer("block1_conv1").compute_dtype == "float32"  # levels of 255 are too coarse in bfloat16
    assert vgg.get_layer("block2_conv2").compute_dtype == "bfloat16"
    assert [features.dtype for features in vgg.outputs] == ["float32", "float32"]


def test_imagenet_s_weights_load_and_a_layer_that_is_missing_is_an_error(shared):
    path = shared / "weights/vgg19_block1to3.h5"
    image = images(1, 32, 32, 3)
    (expected,) = reference_features("vgg19", path, ["block2_conv2"], image)
    (found,) = build_vgg(path, ["block2_conv2"])(image, training=False).values()
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())
    assert build_vgg(path, ["block3_conv4"]).outputs[0].shape[-1] == 256
    with pytest.raises(
        UserError, match=r"block5_conv4 of VGG19 is wanted, but the file has no block4_conv1;.*data\.vgg19"
    ):
        build_vgg(path, ["block5_conv4"])


def test_vgg22_is_some_ten_thousand_times_the_mse_with_imagenet_s_weights(shared):
    """What the docstring of feature_loss says of its scale."""
    from skimage import data

    photo = data.astronaut()[None, 64:256, 96:288].astype("float32")
    blurred = tf.image.resize(tf.image.resize(photo, (48, 48), antialias=True), (192, 192), method="bicubic")
    hr, sr = photo / 127.5 - 1, tf.clip_by_value(blurred, 0, 255) / 127.5 - 1
    loss = content_loss("vgg22", None, {"vgg19": shared / "weights/vgg19_block1to3.h5"}, "float32")
    ratio = float(loss(hr, sr)) / float(tf.reduce_mean(tf.square(hr - sr)))
    assert 3e3 < ratio < 3e4


def test_the_loss_has_a_gradient_in_the_generator_and_none_towards_hr(weights):
    generator = build_generator(scale=4, blocks=1, filters=4, norm="batch", skip="none")
    loss = content_loss("vgg22", None, weights, "float32")
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
    network = build_vgg(weights["vgg19"], ["block2_conv2"])
    convolutions = [layer.name for layer in network.layers if isinstance(layer, keras.layers.Conv2D)]
    assert convolutions == ["block1_conv1", "block1_conv2", "block2_conv1", "block2_conv2"]
    assert network.trainable_variables == []


def test_a_layer_that_the_network_does_not_have(weights):
    with pytest.raises(ValueError, match="block3_conv4: no convolution of vgg16"):
        build_vgg(weights["vgg16"], ["block1_conv1", "block3_conv4"], "vgg16")


def test_a_file_that_is_no_weights(tmp_path):
    path = tmp_path / "vgg19.h5"
    path.write_bytes(b"no HDF5")
    with pytest.raises(UserError, match="cannot be read as VGG19 weights"):
        build_vgg(path, ["block2_conv2"])


def test_a_file_of_the_other_network(weights):
    with pytest.raises(UserError, match=r"block3_conv4 of VGG19 is wanted, but the file has no block3_conv4"):
        build_vgg(weights["vgg16"], ["block3_conv4"])
