"""A shipped network: half the size, the same pictures, in Keras and without it."""

import h5py
import numpy as np
import pytest
import skimage.data

from srgan.commands.networks import SHIPPED
from srgan.data.images import from_signed, to_unit
from srgan.data.resize import shrink
from srgan.errors import UserError
from srgan.inference.network import as_function
from srgan.models.generator import build_generator
from srgan.models.stored import read_generator, read_model
from srgan.models.upscaler import upscaler
from srgan.models.weights import load_generator, save_networks
from tools.ship_network import ship


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A network as a stage leaves it, in single precision: the pretrained SRResNet, a little changed."""
    folder = tmp_path_factory.mktemp("models") / "gan"
    network = load_generator(SHIPPED / "pretrain")
    rng = np.random.default_rng(0)
    for weight in network.trainable_weights:  # digits that half precision does not have
        weight.assign(weight.numpy() * (1 + 1e-4 * rng.standard_normal(weight.shape)))
    model = read_model(SHIPPED / "pretrain")
    save_networks(
        folder,
        {"generator": network},
        {"generator": model["generator"], "trained": {"stage": "gan"}, "lr": model["lr"]},
    )
    return folder


def test_half_the_size_and_the_same_pictures_in_keras_and_without_it(trained, tmp_path):
    ship(trained, tmp_path / "gan")
    assert sorted(path.name for path in (tmp_path / "gan").iterdir()) == ["generator.weights.h5", "model.json"]
    sizes = [(folder / "generator.weights.h5").stat().st_size for folder in (trained, tmp_path / "gan")]
    assert sizes[1] < 0.55 * sizes[0]
    model = read_model(tmp_path / "gan")
    assert (model["trained"], model["lr"]) == ({"stage": "gan"}, read_model(SHIPPED / "pretrain")["lr"])

    lr = shrink(skimage.data.chelsea()[92:220, 116:244], 4)
    before, after = (upscaler(load_generator(folder))(lr).astype(int) for folder in (trained, tmp_path / "gan"))
    assert np.abs(after - before).max() <= 1
    assert (after != before).mean() < 0.05
    without_keras = from_signed(as_function(*read_generator(tmp_path / "gan"))(to_unit(lr))).astype(int)
    assert np.abs(without_keras - after).max() <= 1


def test_what_half_precision_cannot_hold_is_refused(tmp_path):
    network = build_generator(scale=4, blocks=1, filters=2, norm="batch", skip="none")
    network.get_layer("last").bias.assign([1e5, 0, 0])
    spec = {"scale": 4, "blocks": 1, "filters": 2, "norm": "batch", "skip": "none"}
    save_networks(tmp_path / "big", {"generator": network}, {"generator": spec, "trained": {}, "lr": {}})
    with pytest.raises(UserError, match=r"big: has a weight of 1e\+05, which float16 cannot hold"):
        ship(tmp_path / "big", tmp_path / "box")
    assert not (tmp_path / "box").exists()


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*/generator.weights.h5")), ids=lambda path: path.parent.name)
def test_the_networks_in_the_box_are_in_half_precision(path):
    kinds = set()
    with h5py.File(path) as file:
        file.visititems(lambda _, item: kinds.add(str(item.dtype)) if isinstance(item, h5py.Dataset) else None)
    assert kinds == {"float16"}


def test_a_network_that_does_not_say_what_lr_was_like(tmp_path):
    network = build_generator(scale=4, blocks=1, filters=2, norm="batch", skip="none")
    spec = {"scale": 4, "blocks": 1, "filters": 2, "norm": "batch", "skip": "none"}
    save_networks(tmp_path / "mean", {"generator": network}, {"generator": spec, "trained": {}})
    ship(tmp_path / "mean", tmp_path / "gan")
    assert "lr" not in read_model(tmp_path / "gan")
