"""What the settings say of a stage's networks, against the builders that take it."""

import inspect

import pytest

from srgan.models.discriminator import build_discriminator
from srgan.models.generator import build_generator
from srgan.params import load_params
from srgan.params.networks import ADVERSARIES, adversary_spec, generator_spec
from srgan.pipeline import TRAINING_STAGES


@pytest.fixture
def params(repository):
    """A function giving the sample's settings with another norm of every network."""
    settings = load_params(repository / "params.yaml")

    def normed(norm):
        changed = {name: getattr(settings, name).model_copy(update={"norm": norm}) for name in ("generator", "wgan")}
        return settings.model_copy(update=changed)

    return normed


@pytest.mark.parametrize("stage", TRAINING_STAGES)
def test_the_builders_take_all_of_it(params, stage):
    assert generator_spec(stage, params("layer")).keys() <= inspect.signature(build_generator).parameters.keys()
    if stage in ADVERSARIES:
        assert adversary_spec(stage, params("layer")).keys() <= inspect.signature(build_discriminator).parameters.keys()


def test_the_critic_has_a_norm_of_its_own(params):
    assert [adversary_spec(stage, params("layer"))["norm"] for stage in ADVERSARIES] == ["batch", "batch", "layer"]


def test_a_reference_batch_has_the_size_of_what_the_network_takes(params):
    assert generator_spec("gan", params("virtual"))["reference"] == [16, 24, 24, 3]
    assert adversary_spec("wgan", params("virtual"))["reference"] == [16, 96, 96, 3]
    assert "reference" not in generator_spec("gan", params("layer"))
