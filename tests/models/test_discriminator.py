"""The discriminator against the paper."""

import keras
import numpy as np
import pytest

from srgan.models.discriminator import build_discriminator
from srgan.models.generator import set_reference


def test_the_paper_s_network_layer_by_layer():
    """Ledig et al., figure 4: eight convolutions, 1024, 1, LeakyReLU 0.2; no sigmoid, no pooling."""
    network = build_discriminator(filters=64, norm="batch", head="dense", units=1024, crop=96)
    convolutions = [layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D)]
    assert [(layer.kernel_size[0], layer.filters, layer.strides[0]) for layer in convolutions] == [
        (3, 64, 1),
        (3, 64, 2),
        (3, 128, 1),
        (3, 128, 2),
        (3, 256, 1),
        (3, 256, 2),
        (3, 512, 1),
        (3, 512, 2),
    ]
    kinds = [type(layer).__name__ for layer in network.layers]
    block = ["Conv2D", "BatchNormalization", "LeakyReLU"]
    assert kinds == ["InputLayer", "Conv2D", "LeakyReLU", *7 * block, "Flatten", "Dense", "LeakyReLU", "Dense"]
    dense = [layer for layer in network.layers if isinstance(layer, keras.layers.Dense)]
    assert [layer.units for layer in dense] == [1024, 1]
    assert dense[-1].activation is keras.activations.linear
    slopes = {layer.negative_slope for layer in network.layers if isinstance(layer, keras.layers.LeakyReLU)}
    assert [float(slope) for slope in slopes] == [pytest.approx(0.2)]


def test_the_answer_is_a_logit_not_a_probability():
    network = build_discriminator(filters=4, norm="none", head="dense", units=8, crop=32)
    network.get_layer("dense2").set_weights([np.ones((8, 1), "float32"), np.array([-7.0], "float32")])
    assert network(np.zeros((1, 32, 32, 3), "float32")).numpy()[0, 0] < 0


def test_the_pooling_head_takes_any_size():
    network = build_discriminator(filters=4, norm="batch", head="pool", units=8, crop=32)
    for height, width in [(16, 16), (33, 50)]:
        assert network(np.zeros((2, height, width, 3), "float32"), training=False).shape == (2, 1)


@pytest.mark.parametrize("norm", ["batch", "virtual", "layer", "none"])
def test_every_normalisation_trains(norm):
    reference = (2, 32, 32, 3) if norm == "virtual" else None
    network = build_discriminator(filters=4, norm=norm, head="dense", units=8, crop=32, reference=reference)
    images = np.random.default_rng(0).uniform(-1, 1, (3, 32, 32, 3)).astype("float32")
    set_reference(network, images)
    assert network(images, training=True).shape == (3, 1)
    assert network(images, training=False).shape == (3, 1)
