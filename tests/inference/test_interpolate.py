"""Mixing weights: the ends are the two networks, and between them lies the mean, weight by weight."""

import h5py
import numpy as np
import pytest

from srgan.__main__ import main
from srgan.errors import UserError
from srgan.inference.interpolate import interpolate
from srgan.models.generator import build_generator
from srgan.models.weights import load_generator, read_model, save_networks


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


def stored(folder):
    """The weights as the file has them, read without Keras."""
    found = {}
    with h5py.File(folder / "generator.weights.h5") as file:
        file.visititems(lambda name, item: found.update({name: item[...]}) if isinstance(item, h5py.Dataset) else None)
    return found


@pytest.mark.parametrize("alpha", [0.0, 0.25, 0.8, 1.0])
def test_every_weight_is_mixed(networks, tmp_path, alpha):
    first, second = networks("pretrain", 1), networks("gan", 2)
    interpolate(first, second, alpha, tmp_path / "mixed")
    a, b, mixed = stored(first), stored(second), stored(tmp_path / "mixed")
    assert a.keys() == b.keys() == mixed.keys()
    assert len(a) > 10
    for name, value in mixed.items():
        np.testing.assert_allclose(value, (1 - alpha) * a[name] + alpha * b[name], atol=1e-6)
    model = read_model(tmp_path / "mixed")
    assert model["trained"] == {"interpolated": [{"stage": "pretrain"}, {"stage": "gan"}], "alpha": alpha}
    load_generator(tmp_path / "mixed")


def test_two_architectures_are_refused(networks, tmp_path):
    first, second = networks("pretrain", 1), networks("gan", 2, filters=16, skip="bicubic")
    with pytest.raises(UserError, match="two architectures \\(filters 8 and 16, skip none and bicubic\\)"):
        interpolate(first, second, 0.5, tmp_path / "mixed")


def test_a_folder_of_something_else_is_not_replaced(networks, tmp_path):
    first, second = networks("pretrain", 1), networks("gan", 2)
    with pytest.raises(UserError, match="is there and is no network"):
        interpolate(first, second, 0.5, tmp_path)
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
    assert f"{second}: is there already; give another place with -o, or --overwrite" in capsys.readouterr().err
    assert read_model(second)["trained"] == {"stage": "gan"}
    assert main([*command, "--overwrite"]) == 0
    assert read_model(second)["trained"]["alpha"] == 0.5
