"""A generator as a function: in two halves, with its normalisations folded, and still the same network."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from srgan.models import upscaler as upscaler_module
from srgan.models.folding import Folded
from srgan.models.generator import build_generator
from srgan.models.normalisation import set_reference
from srgan.models.upscaler import as_function, halves, upscaler


def generator(**changes):
    """A generator as training leaves it: weights, slopes and statistics all away from where they start."""
    keras.utils.set_random_seed(5)
    options = {"scale": 4, "blocks": 2, "filters": 8, "norm": "batch", "skip": "bicubic"} | changes
    if options["norm"] == "virtual":
        options["reference"] = (3, 6, 6, 3)
    built = build_generator(**options)
    rng = np.random.default_rng(0)
    set_reference(built, rng.uniform(size=(3, 6, 6, 3)))
    for weight in built.weights:
        noise = rng.normal(0, 0.03, weight.shape)
        weight.assign(weight + (np.abs(noise) if "variance" in weight.name else noise))
    return built


def picture(*size, seed=1):
    return np.random.default_rng(seed).uniform(size=(*size, 3)).astype("float32")


@pytest.mark.parametrize("norm", ["batch", "virtual", "layer", "none"])
@pytest.mark.parametrize(("scale", "skip"), [(2, "none"), (3, "bicubic"), (4, "none"), (4, "bicubic"), (8, "bicubic")])
def test_the_function_is_the_network(monkeypatch, norm, scale, skip):
    monkeypatch.setattr(upscaler_module, "PIECE_SIDE", 16)
    built = generator(norm=norm, scale=scale, skip=skip)
    function = as_function(built)
    for size in ((1, 1), (33, 40), (16, 17)):
        lr = picture(*size)
        sr = function(lr)
        assert sr.dtype == np.float32
        np.testing.assert_allclose(sr, built(lr[None], training=False)[0], rtol=0, atol=1e-5)


def test_keras_own_normalisation_of_several_devices_is_folded_too():
    built, lr = generator(synchronized=True), picture(9, 12)
    np.testing.assert_allclose(as_function(built)(lr), built(lr[None], training=False)[0], rtol=0, atol=1e-5)


def test_the_halves_meet_where_the_picture_is_still_small():
    blocks, enlargement = halves(generator(scale=8))
    features = blocks(picture(5, 7)[None])
    assert features.shape == (1, 5, 7, 8)
    assert enlargement([features, tf.constant(picture(5, 7)[None])]).shape == (1, 40, 56, 3)


def test_training_on_shows_in_the_function():
    built = generator()
    function, lr = as_function(built), picture(6, 6)
    before = function(lr)
    for layer in built.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.moving_mean.assign_add(np.full(layer.moving_mean.shape, 0.1))
    after = function(lr)
    assert np.abs(after - before).max() > 1e-3
    np.testing.assert_allclose(after, built(lr[None], training=False)[0], rtol=0, atol=1e-5)


def test_no_normalisation_is_computed():
    folded = Folded(halves(generator())[0])
    graph = tf.function(folded).get_concrete_function(tf.TensorSpec((1, None, None, 3))).graph
    maps = [op for op in graph.get_operations() if op.outputs and op.outputs[0].shape.rank == 4]
    counted = {kind: sum(op.type == kind for op in maps) for kind in ("Conv2D", "BiasAdd", "AddV2")}
    assert counted == {"Conv2D": 6, "BiasAdd": 6, "AddV2": 3}  # AddV2: two blocks' and the trunk's skip


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_differs_by_a_few_levels(precision):
    keras.utils.set_random_seed(5)
    exact = generator(filters=64, blocks=4)
    rounded = build_generator(scale=4, blocks=4, filters=64, norm="batch", skip="bicubic", dtype=precision)
    rounded.set_weights(exact.get_weights())
    lr = (255 * picture(20, 30)).astype(np.uint8)
    assert np.abs(upscaler(rounded)(lr).astype(int) - upscaler(exact)(lr)).mean() < 2
