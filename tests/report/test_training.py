"""What the pages say of the networks and their training is what the settings say."""

import pytest

from srgan.params import Params
from srgan.report.training import flattery, iterations, size, trained


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (200, "200"),
        (1500, "1500"),
        (9999, "9999"),
        (10_000, "10k"),
        (70_000, "70k"),
        (90_000, "90k"),
        (12_500, "12.5k"),
        (999_999, "999.999k"),
        (1_000_000, "1M"),
        (1_200_000, "1.2M"),
    ],
)
def test_iterations_read_as_one_says_them(count, text):
    assert iterations(count) == text


def test_each_network_s_training_is_said_as_the_original_says_it(settings):
    settings["wgan"]["init"] = "/home/me/private"
    assert trained(Params.model_validate(settings)) == {
        "pretrain": ("90k", "MSE", "random weights"),
        "gan": ("1500", "MSE", "SRResNet"),
        "vgg": ("40k", "random VGG54", "SRGAN"),
        "wgan": ("200", "MSE", "the weights in `wgan.init`"),
    }
    settings["data"]["vgg19"] = "imagenet"
    assert trained(Params.model_validate(settings))["vgg"].content == "VGG54"


def test_small_networks_are_called_small(settings):
    assert size(Params.model_validate(settings), 1) == (
        "The networks are small: they have 4 residual blocks of 32 filters (the paper's: 16 of 64). They learned from "
        "1 photograph: SRResNet in 90k iterations, SRGAN in 1500, SRGAN-VGG in 40k and WGAN in 200."
    )
    settings["generator"] |= {"blocks": 16, "filters": 64}
    assert size(Params.model_validate(settings), 1368).startswith("The networks have 16 residual blocks of 64 filters")
    assert "from 1,368 photographs:" in size(Params.model_validate(settings), 1368)


def test_who_learned_from_the_features_that_measure_is_named(settings):
    settings["vgg"]["content"] = "features"
    assert flattery(Params.model_validate(settings)).startswith("SRGAN-VGG learned from the features")
    settings["vgg"]["content"] = "mse"
    assert flattery(Params.model_validate(settings)) == ""
