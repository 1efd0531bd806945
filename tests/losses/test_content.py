"""Content losses on features against numpy."""

import numpy as np
import pytest
import tensorflow as tf

from srgan.losses.content import content_loss, feature_loss
from srgan.losses.pixel import l1, mse
from srgan.models.vgg import build_vgg
from srgan.params import Features

rng = np.random.default_rng(0)
HR, SR = (rng.uniform(-1, 1, (2, 16, 16, 3)).astype("float32") for _ in range(2))
FEATURES = {
    "block1_conv2": [rng.normal(1, 2, (2, 6, 5, 4)).astype("float32") for _ in range(2)],
    "block2_conv2": [rng.normal(-1, 3, (2, 3, 2, 7)).astype("float32") for _ in range(2)],
}


def settings(**changes):
    given = {"network": "vgg16", "layers": {"block1_conv2": 0.5, "block2_conv2": 2.0}, "activation": "after"}
    return Features(**given | {"distance": "l2", "normalise": "none"} | changes)


def network(images, training):
    """In place of VGG: the first features for HR, the second for SR."""
    return {layer: tf.constant(pair[int(images is SR)]) for layer, pair in FEATURES.items()}


def by_definition(distance, normalise):
    total = 0.0
    for weight, pair in zip((0.5, 2.0), FEATURES.values(), strict=True):
        hr, sr = (features.astype("float64") for features in pair)
        units = {
            "unit": [np.linalg.norm(features, axis=-1, keepdims=True) for features in (hr, sr)],
            "mean": [np.abs(hr).mean()] * 2,
            "none": [12.75] * 2,
        }[normalise]
        error = np.abs(hr / units[0] - sr / units[1]) ** (1 if distance == "l1" else 2)
        total += weight * (error.sum(-1).mean() if normalise == "unit" else error.mean())
    return total


@pytest.mark.parametrize("distance", ["l1", "l2"])
@pytest.mark.parametrize("normalise", ["none", "mean", "unit"])
def test_the_weighted_distance_of_several_layers(distance, normalise):
    loss = feature_loss(network, settings(distance=distance, normalise=normalise))
    assert float(loss(HR, SR)) == pytest.approx(by_definition(distance, normalise), rel=1e-5)


def test_names_of_content_losses(random_vgg):
    assert content_loss("mse", settings(), random_vgg, "float32") is mse
    assert content_loss("l1", settings(), random_vgg, "float32") is l1


def test_a_paper_s_name_is_one_layer_of_vgg19_after_its_activation(random_vgg):
    """Ledig et al., eq. 5, with features scaled by 1 / 12.75."""
    vgg = build_vgg(random_vgg["vgg19"], ["block2_conv2"])
    hr, sr = (vgg(images)["block2_conv2"].numpy() / 12.75 for images in (HR, SR))
    loss = content_loss("vgg22", settings(), random_vgg, "float32")
    assert float(loss(HR, SR)) == pytest.approx(np.mean((hr - sr) ** 2), rel=1e-5)


@pytest.mark.parametrize("activation", ["before", "after"])
def test_features_are_those_of_the_section(random_vgg, activation):
    section = settings(layers={"block1_conv2": 1.0, "block3_conv3": 0.1}, activation=activation)
    vgg = build_vgg(
        random_vgg["vgg16"], list(section.layers), network="vgg16", before_activation=activation == "before"
    )
    expected = 0.0
    for layer, weight in section.layers.items():
        expected += weight * np.mean(((vgg(HR)[layer].numpy() - vgg(SR)[layer].numpy()) / 12.75) ** 2)
    loss = content_loss("features", section, random_vgg, "float32")
    assert float(loss(HR, SR)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("normalise", ["none", "mean", "unit"])
def test_the_gradient_reaches_sr_and_not_hr(random_vgg, normalise):
    loss = content_loss("features", settings(normalise=normalise), random_vgg, "float32")
    hr, sr = tf.constant(HR), tf.constant(SR)
    with tf.GradientTape() as tape:
        tape.watch([hr, sr])
        value = loss(hr, sr)
    towards_hr, towards_sr = tape.gradient(value, [hr, sr])
    assert towards_hr is None
    assert np.isfinite(towards_sr.numpy()).all()
    assert np.abs(towards_sr.numpy()).max() > 0


def test_features_of_nothing_have_a_finite_gradient():
    """Where a network answers with zeros, there is no direction."""
    zeros = tf.zeros((1, 2, 2, 3))
    with tf.GradientTape() as tape:
        tape.watch(zeros)
        value = feature_loss(lambda images, **_: dict.fromkeys(FEATURES, images), settings(normalise="unit"))(
            tf.zeros((1, 2, 2, 3)), zeros
        )
    assert np.isfinite(tape.gradient(value, zeros).numpy()).all()


def test_vgg_computes_in_the_precision_that_is_set(random_vgg):
    exact, rounded = (
        float(content_loss("vgg12", settings(), random_vgg, dtype)(HR, SR)) for dtype in ("float32", "mixed_bfloat16")
    )
    assert rounded == pytest.approx(exact, rel=0.05)
    assert rounded != pytest.approx(exact, rel=1e-6)
