"""Mixing weights: the ends are the two networks, and between them lies the mean, weight by weight, once folded."""

import numpy as np
import pytest

from srgan.__main__ import main
from srgan.errors import UserError
from srgan.inference.interpolate import interpolate_networks
from srgan.inference.shipped import SHIPPED
from srgan.models.generator import build_generator
from srgan.models.stored import read_model
from srgan.models.weights import load_generator, save_networks


@pytest.fixture
def networks(tmp_path):
    def save(name, seed, **changes):
        spec = {"scale": 4, "blocks": 1, "filters": 8, "norm": "batch", "skip": "none"} | changes
        network = build_generator(**spec)
        rng = np.random.default_rng(seed)
        for weight in network.variables:
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
        save_networks(tmp_path / name, {"generator": network}, {"generator": spec, "trained": {"stage": name}})
        return tmp_path / name

    return save


def function(folder):
    """The network as Keras has it, without what is tested here."""
    network, lr = load_generator(folder), np.random.default_rng(3).uniform(size=(1, 9, 8, 3))
    return network(lr, training=False).numpy()


@pytest.mark.parametrize("alpha", [0.0, 0.25, 0.8, 1.0])
def test_every_weight_is_mixed_with_its_normalisation_folded_in(networks, tmp_path, alpha):
    first, second = networks("pretrain", 1), networks("gan", 2)
    interpolate_networks(first, second, alpha, tmp_path / "mixed")
    a, b, mixed = (load_generator(folder) for folder in (first, second, tmp_path / "mixed"))

    def folded(network, conv, norm):
        gamma, beta, mean, variance = (v.numpy() for v in network.get_layer(norm).variables)
        scale = gamma / np.sqrt(variance + 1e-5)
        return network.get_layer(conv).kernel.numpy() * scale, beta - mean * scale

    for conv, norm in (
        ("block1_conv1", "block1_norm1"),
        ("block1_conv2", "block1_norm2"),
        ("trunk_conv", "trunk_norm"),
    ):
        for x, y, z in zip(*(folded(network, conv, norm) for network in (a, b, mixed)), strict=True):
            np.testing.assert_allclose(z, (1 - alpha) * x + alpha * y, atol=1e-5)
    for name in ("first", "first_prelu", "upsample2_conv", "last"):
        for x, y, z in zip(*(network.get_layer(name).variables for network in (a, b, mixed)), strict=True):
            np.testing.assert_allclose(z.numpy(), (1 - alpha) * x.numpy() + alpha * y.numpy(), atol=1e-6)
    model = read_model(tmp_path / "mixed")
    assert model["trained"] == {"interpolated": [{"stage": "pretrain"}, {"stage": "gan"}], "alpha": alpha}
    assert "lr" not in model
    interpolate_networks(SHIPPED / "pretrain", SHIPPED / "gan", alpha, tmp_path / "box")
    assert read_model(tmp_path / "box")["lr"] == read_model(SHIPPED / "gan")["lr"]


@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_the_ends_are_the_networks(networks, tmp_path, alpha):
    first, second = networks("pretrain", 1), networks("gan", 2)
    interpolate_networks(first, second, alpha, tmp_path / "mixed")
    expected = function(second if alpha else first)
    np.testing.assert_allclose(function(tmp_path / "mixed"), expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())


def test_a_folded_network_is_mixed_as_the_one_it_was(networks, tmp_path):
    first, second = networks("pretrain", 1), networks("gan", 2)
    interpolate_networks(first, first, 0.0, tmp_path / "folded")
    for start in (first, tmp_path / "folded"):
        interpolate_networks(start, second, 0.5, tmp_path / f"from-{start.name}")
    expected = function(tmp_path / "from-pretrain")
    np.testing.assert_allclose(
        function(tmp_path / "from-folded"), expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max()
    )


def test_two_architectures_are_refused(networks, tmp_path):
    first, second = networks("pretrain", 1), networks("gan", 2, filters=16, skip="bicubic")
    with pytest.raises(UserError, match="different architectures \\(filters 8 and 16, skip none and bicubic\\)"):
        interpolate_networks(first, second, 0.5, tmp_path / "mixed")


def test_a_folder_of_something_else_is_not_replaced(networks, tmp_path):
    first, second = networks("pretrain", 1), networks("gan", 2)
    with pytest.raises(UserError, match="exists and is not a network"):
        interpolate_networks(first, second, 0.5, tmp_path)
    assert first.is_dir()


def test_the_command(networks, tmp_path, capsys):
    first, second = networks("pretrain", 1), networks("gan", 2)
    assert main(["interpolate", str(first), str(second), "--alpha", "0.8", "-o", str(tmp_path / "mixed")]) == 0
    assert f"0.2 of {first} and 0.8 of {second}" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["interpolate", str(first), str(second), "--alpha", "1.5", "-o", str(tmp_path / "mixed")])
    assert "'1.5' is not a number from 0 to 1" in capsys.readouterr().err


def test_a_network_is_replaced_only_when_asked(networks, capsys):
    first, second = networks("pretrain", 1), networks("gan", 2)
    command = ["interpolate", str(first), str(second), "--alpha", "0.5", "-o", str(second)]
    assert main(command) == 1
    assert f"{second}: exists already; give another place with -o, or --overwrite" in capsys.readouterr().err
    assert read_model(second)["trained"] == {"stage": "gan"}
    assert main([*command, "--overwrite"]) == 0
    assert read_model(second)["trained"]["alpha"] == 0.5


def test_the_command_mixes_the_way_round_that_it_says(networks, tmp_path):
    first, second = networks("pretrain", 1), networks("gan", 2)
    assert main(["interpolate", str(first), str(second), "--alpha", "1", "-o", str(tmp_path / "mixed")]) == 0
    assert read_model(tmp_path / "mixed")["trained"]["interpolated"] == [{"stage": "pretrain"}, {"stage": "gan"}]
    expected = function(second)
    np.testing.assert_allclose(function(tmp_path / "mixed"), expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())
