"""What is known of a generator without Keras, against what Keras builds."""

import inspect

import pytest

from srgan.models.architecture import (
    adversary_spec,
    faults,
    generator_spec,
    layer_shapes,
    receptive_radius,
)
from srgan.models.discriminator import build_discriminator
from srgan.models.generator import build_generator
from srgan.params import load_params
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


@pytest.fixture(scope="module")
def params(repository):
    return load_params(repository / "params.yaml")


@pytest.mark.parametrize("norm", ["batch", "virtual", "layer"])
def test_the_builders_take_all_of_it(params, norm):
    generator = generator_spec(params.generator.model_dump() | {"norm": norm}, 4, 96, 16)
    assert generator.keys() <= inspect.signature(build_generator).parameters.keys()
    adversary = adversary_spec(params.discriminator.model_dump(), norm, 96, 16)
    assert adversary.keys() <= inspect.signature(build_discriminator).parameters.keys()


def test_a_critic_has_a_norm_of_its_own(params):
    assert params.discriminator.norm == "batch"
    assert adversary_spec(params.discriminator.model_dump(), "layer", 96, 16)["norm"] == "layer"


def test_a_reference_batch_has_the_size_of_what_the_network_takes(params):
    generator, discriminator = params.generator.model_dump() | {"norm": "virtual"}, params.discriminator.model_dump()
    assert generator_spec(generator, 4, 96, 16)["reference"] == [16, 24, 24, 3]
    assert adversary_spec(discriminator, "virtual", 96, 16)["reference"] == [16, 96, 96, 3]
    assert "reference" not in adversary_spec(discriminator, "layer", 96, 16)
