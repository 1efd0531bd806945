"""A network's folder without Keras: what Keras writes is read, what is written Keras reads, what is wrong is named."""

import json

import h5py
import numpy as np
import pytest

from srgan.digest import digest
from srgan.errors import UserError
from srgan.models.generator import build_generator
from srgan.models.stored import network_folder, read_generator, write_weights
from srgan.models.weights import load_generator, save_networks
from tests.networks import SMALL, random_network


@pytest.fixture
def folder(tmp_path):
    save_networks(tmp_path / "net", {"generator": build_generator(**SMALL)}, {"generator": SMALL, "trained": {}})
    return tmp_path / "net"


def change_model(folder, change):
    model = json.loads((folder / "model.json").read_text())
    change(model)
    (folder / "model.json").write_text(json.dumps(model))


def test_what_is_written_comes_back_in_keras_layer_by_layer(folder, tmp_path):
    description, weights = random_network()
    shapes = [array.shape for arrays in weights.values() for array in arrays]
    with network_folder(tmp_path / "new", ["generator"], shapes, {"generator": description, "trained": {}}) as partial:
        write_weights(partial / "generator.weights.h5", folder / "generator.weights.h5", weights)
    network = load_generator(tmp_path / "new")
    for name, arrays in weights.items():
        for variable, array in zip(network.get_layer(name).variables, arrays, strict=True):
            np.testing.assert_array_equal(variable.numpy(), array)
    assert read_generator(tmp_path / "new")[0] == description


def test_half_precision_is_read_as_float32(folder):
    """Each value as the nearest of half precision."""
    whole = read_generator(folder)[1]
    path = folder / "generator.weights.h5"
    with h5py.File(path, "r+") as file:
        names = []
        file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
        for name in names:
            values = file[name][...].astype("float16")
            del file[name]
            file[name] = values
    change_model(folder, lambda model: model["sha256"].update(generator=digest(path)))
    for name, arrays in read_generator(folder)[1].items():
        for half, exact in zip(arrays, whole[name], strict=True):
            assert half.dtype == np.float32
            np.testing.assert_array_equal(half, exact.astype("float16").astype("float32"))
    load_generator(folder)  # Keras takes it too


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda model: model.pop("generator"), "describes no generator with its sha256"),
        (lambda model: model["generator"].update(norm="group"), "a generator with norm 'group' is none of this"),
        (
            lambda model: model["generator"].update(blocks=3),
            r"layer block3_conv1: missing, \[\(3, 3, 8, 8\)\] is wanted",
        ),
        (
            lambda model: model["generator"].update(blocks=1),
            r"layer block2_conv1: \[\(3, 3, 8, 8\)\], nothing is wanted",
        ),
        (lambda model: model["generator"].update(filters=4), "not the weights of the generator in model.json"),
        (lambda model: model["sha256"].update(generator="0"), "damaged"),
    ],
)
def test_a_folder_that_contradicts_itself_is_refused(folder, change, message):
    change_model(folder, change)
    with pytest.raises(UserError, match=message):
        read_generator(folder)


def test_a_folder_without_its_weights_is_refused(folder):
    (folder / "generator.weights.h5").unlink()
    with pytest.raises(UserError, match=r"generator\.weights\.h5: no such file, though model\.json names it; fetch"):
        read_generator(folder)
