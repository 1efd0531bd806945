"""What is known of a generator without Keras, against what Keras builds."""

import numpy as np
import pytest

from srgan.models.architecture import faults, keys_kernel, layer_shapes, receptive_radius
from srgan.models.generator import build_generator
from tests.networks import SMALL


@pytest.mark.parametrize("norm", ["batch", "virtual", "layer", "none"])
@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_the_shapes_are_those_of_the_keras_network(norm, scale):
    description = SMALL | {"norm": norm, "scale": scale} | ({"reference": (3, 6, 6, 3)} if norm == "virtual" else {})
    assert faults(description) == []
    network = build_generator(**description)
    built = {layer.name: [tuple(v.shape) for v in layer.variables] for layer in network.layers if layer.variables}
    assert layer_shapes(description) == built


def test_the_papers_network_sees_forty_pixels():
    """By hand: 9x9, 33 of 3x3 and one more at LR; 3x3 at twice, 9x9 at four times: 4 + 33 + 1 + 1/2 + 1."""
    assert receptive_radius({"scale": 4, "blocks": 16, "filters": 64, "norm": "batch", "skip": "none"}) == 40


@pytest.mark.parametrize("norm", ["layer", "virtual"])
def test_a_norm_over_the_whole_picture_has_no_radius(norm):
    assert receptive_radius(SMALL | {"norm": norm}) is None


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"scale": 5}, "scale 5"),
        ({"norm": "group"}, "norm 'group'"),
        ({"skip": None}, "skip None"),
        ({"blocks": 0}, "blocks 0"),
        ({"filters": "64"}, "filters '64'"),
        ({"norm": "virtual"}, "reference None"),
    ],
)
def test_what_no_generator_has_is_named(change, fault):
    assert faults(SMALL | change) == [fault]


def test_the_cubic_kernel_interpolates():
    """Keys 1981: 1 at 0, 0 at the other whole numbers, and any four taps sum to one."""
    np.testing.assert_array_equal(keys_kernel(np.arange(-3, 4)), [0, 0, 0, 1, 0, 0, 0])
    for shift in (0.1, 0.5, 0.8):
        assert keys_kernel(np.arange(-2, 3) + shift).sum() == pytest.approx(1)
