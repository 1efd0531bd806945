"""Where photographs and VGG19's weights come from; nothing here leaves the machine."""

import csv
import hashlib
import importlib.util
import os
import shutil
import socket
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
import skimage.data
from PIL import Image
from sklearn.datasets import load_sample_image

from srgan.atomic import built_folder
from srgan.data import datasets, vgg19
from srgan.data.datasets import find_benchmarks, find_train, registered, write_photos
from srgan.data.disjoint import check_disjoint
from srgan.data.fetch import Downloads, RemoteFile
from srgan.data.images import list_images
from srgan.data.vgg19 import convolution_shapes, write_random, write_vgg19
from srgan.errors import UserError

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared"
MAX_PIXELS = 200_000_000


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("a test reached for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.delenv("DVC_ROOT", raising=False)


def photo(path: Path, seed: int, size: tuple[int, int] = (20, 30), **options) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path, **options)
    return path


def write(train: str, benchmarks: list[str], root: Path, cache: Path | None = None) -> dict[str, int]:
    downloads = Downloads([], cache or root / "cache")
    sources = find_benchmarks(benchmarks, root)
    return write_photos(find_train(train, root), sources, root / "data" / "raw", downloads, MAX_PIXELS)


def tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_the_sample_is_what_the_wheels_hold(tmp_path):
    assert write("sample", ["sample"], tmp_path) == {"train": 4, "benchmarks/sample": 2}
    expected = {
        "train/astronaut.png": skimage.data.astronaut(),
        "train/coffee.png": skimage.data.coffee(),
        "train/rocket.png": skimage.data.rocket(),
        "train/china.png": load_sample_image("china.jpg"),
        "benchmarks/sample/chelsea.png": skimage.data.chelsea(),
        "benchmarks/sample/flower.png": load_sample_image("flower.jpg"),
    }
    assert sorted(tree(tmp_path / "data/raw")) == sorted(expected)
    for name, pixels in expected.items():
        np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "data/raw" / name)), pixels)


def test_writing_twice_gives_the_same_bytes(tmp_path):
    write("sample", ["sample"], tmp_path)
    first = tree(tmp_path / "data/raw")
    write("sample", ["sample"], tmp_path)
    assert tree(tmp_path / "data/raw") == first


def test_a_folder_is_copied_with_its_tree_and_bytes(tmp_path):
    own = tmp_path / "photos"
    photo(own / "b.png", 1)
    photo(own / "sub" / "a.JPG", 2, quality=80)
    (own / "notes.txt").write_text("not a picture")
    photo(own / ".hidden" / "c.png", 3)
    counts = write("photos", ["sample"], tmp_path)
    assert counts["train"] == 2
    assert tree(tmp_path / "data/raw/train") == {
        "b.png": (own / "b.png").read_bytes(),
        "sub/a.JPG": (own / "sub" / "a.JPG").read_bytes(),
    }


def test_a_benchmark_folder_is_flat_and_its_HR_is_the_set(tmp_path):  # noqa: N802
    photo(tmp_path / "mine/Urban/HR/one.png", 1)
    photo(tmp_path / "mine/Urban/HR/sub/two.jpg", 2)
    photo(tmp_path / "mine/Urban/LR_x4/one.png", 3)
    assert write("sample", ["mine/Urban"], tmp_path) == {"train": 4, "benchmarks/Urban": 2}
    assert sorted(tree(tmp_path / "data/raw/benchmarks")) == ["Urban/one.png", "Urban/sub-two.jpg"]


def test_benchmark_photos_of_one_name(tmp_path):
    photo(tmp_path / "mine/a.png", 1)
    photo(tmp_path / "mine/a.jpg", 2)
    with pytest.raises(UserError, match=r"a\.jpg and .*a\.png would have one name"):
        write("sample", ["mine"], tmp_path)
    assert not list((tmp_path / "data").rglob("*.png"))


@pytest.mark.parametrize(
    ("train", "benchmarks", "message"),
    [
        ("nowhere", ["sample"], r"data\.train: 'nowhere' is neither .*sample, div2k.*{root}/nowhere"),
        ("sample", ["Set5"], r"data\.benchmarks: 'Set5' is neither .*set5"),
        ("empty", ["sample"], r"data\.train: {root}/empty has no pictures"),
        ("sample", ["empty"], r"data\.benchmarks: {root}/empty has no pictures"),
        ("sample", ["sample", "sample"], "two sets are called 'sample'"),
        ("sample", ["x/same", "y/same"], "two sets are called 'same'"),
        ("sample", [".secret"], "hidden folder"),
        (".", ["sample"], "overlaps {root}/data/raw"),
        ("data/raw/train", ["sample"], "overlaps {root}/data/raw"),
    ],
)
def test_sources_that_are_refused(tmp_path, train, benchmarks, message):
    (tmp_path / "empty").mkdir()
    for name in ("x/same/a.png", "y/same/a.png", ".secret/a.png", "data/raw/train/a.png"):
        photo(tmp_path / name, 1)
    with pytest.raises(UserError, match=message.format(root=tmp_path)):
        write(train, benchmarks, tmp_path)


def test_paths_are_relative_to_the_repository(tmp_path):
    photo(tmp_path / "photos/a.png", 1)
    assert find_train("photos", tmp_path).folder == tmp_path / "photos"
    assert find_train(str(tmp_path / "photos"), Path("/elsewhere")).folder == tmp_path / "photos"


def test_the_registry_is_whole():
    counts = {name: len(registered(name)) for name in datasets.BUILT_IN_BENCHMARKS}
    assert counts == {"sample": 0, "set5": 5, "set14": 14, "bsd100": 100, "urban100": 100, "div2k": 0}
    for name, count in counts.items():
        files = registered(name)
        assert len({Path(file.name).stem for file in files}) == count
        assert all(file.urls[0].startswith("https://") and len(file.checksum) == 7 + 64 for file in files)


def test_set5_from_files_put_in_the_cache(tmp_path):
    published = SHARED / "data/benchmarks/Set5/HR"
    if not published.is_dir():
        pytest.skip("../shared, the research data beside the checkout, is absent")
    shutil.copytree(published, tmp_path / "cache/set5")
    assert write("sample", ["set5"], tmp_path)["benchmarks/set5"] == 5
    assert tree(tmp_path / "data/raw/benchmarks/set5") == tree(published)


def small_div2k(path: Path, names: list[str], seed: int) -> RemoteFile:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for number, name in enumerate(names):
            archive.writestr(name, photo(path.with_suffix(".png"), seed + number).read_bytes())
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return RemoteFile("div2k", path.name, ("http://127.0.0.1:9/",), f"sha256:{digest}", path.stat().st_size)


def test_div2k_is_unpacked_without_its_folder(tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    train = small_div2k(cache / "div2k/train.zip", ["T/0001.png", "T/0002.png"], 0)
    valid = small_div2k(cache / "div2k/valid.zip", ["V/0801.png"], 10)
    monkeypatch.setattr(datasets, "DIV2K_TRAIN", train)
    monkeypatch.setattr(datasets, "DIV2K_VALID", valid)
    assert write("div2k", ["div2k"], tmp_path, cache) == {"train": 2, "benchmarks/div2k": 1}
    assert sorted(tree(tmp_path / "data/raw")) == ["benchmarks/div2k/0801.png", "train/0001.png", "train/0002.png"]


def test_a_hostile_archive_leaves_nothing(tmp_path, monkeypatch):
    train = small_div2k(tmp_path / "cache/div2k/train.zip", ["T/0001.png", "T/../../../evil.png"], 0)
    monkeypatch.setattr(datasets, "DIV2K_TRAIN", train)
    with pytest.raises(UserError, match="leads out of the folder"):
        write("div2k", ["sample"], tmp_path)
    assert not [path for path in tmp_path.rglob("*.png") if "cache" not in path.parts]


def test_an_interrupted_stage_leaves_nothing_that_looks_complete(tmp_path, monkeypatch):
    write("sample", ["sample"], tmp_path)
    before = tree(tmp_path / "data/raw")

    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(datasets, "check_disjoint", interrupted)
    photo(tmp_path / "photos/a.png", 1)
    with pytest.raises(KeyboardInterrupt):
        write("photos", ["sample"], tmp_path)
    assert tree(tmp_path / "data/raw") == before


def test_what_a_killed_stage_left_is_swept_away(tmp_path):
    photo(tmp_path / ".train.tmp/half.png", 1)
    with built_folder(tmp_path / "train") as folder:
        photo(folder / "whole.png", 2)
    assert sorted(tree(tmp_path)) == ["train/whole.png"]


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "data").write_text("a file in the way")
    with pytest.raises(UserError, match=r"data/raw/train: cannot be written"):
        write("sample", ["sample"], tmp_path)


SAVED_ANEW = {
    "copy.png": {},
    "smaller.png": {"compress_level": 9},
    "same.bmp": {},
    "same.tif": {"compression": "tiff_lzw"},
}


@pytest.mark.parametrize("name", SAVED_ANEW)
def test_a_training_photo_in_an_evaluation_set_is_found_by_its_pixels(tmp_path, name):
    photo(tmp_path / "train/other.png", 1)
    photo(tmp_path / "train/sub" / name, 2, **SAVED_ANEW[name])
    photo(tmp_path / "sets/mine/b.png", 3)
    photo(tmp_path / "sets/mine/a.png", 2)
    with pytest.raises(UserError, match=f"sub/{name} is also mine/a.png; "):
        check_disjoint(tmp_path / "train", tmp_path / "sets", MAX_PIXELS)


def test_a_turned_grey_photo_is_found_too(tmp_path):
    grey = np.random.default_rng(0).integers(0, 256, (20, 30), dtype=np.uint8)
    (tmp_path / "train").mkdir()
    (tmp_path / "sets/mine").mkdir(parents=True)
    exif = Image.Exif()
    exif[0x0112] = 6  # shown after a quarter turn clockwise
    Image.fromarray(np.rot90(grey)).save(tmp_path / "train/turned.png", exif=exif)
    Image.fromarray(np.stack([grey] * 3, axis=2)).save(tmp_path / "sets/mine/rgb.png")
    with pytest.raises(UserError, match=r"turned\.png is also mine/rgb\.png"):
        check_disjoint(tmp_path / "train", tmp_path / "sets", MAX_PIXELS)


def test_photos_that_only_look_alike_pass(tmp_path):
    photo(tmp_path / "train/a.png", 1)
    photo(tmp_path / "train/b.png", 2, size=(30, 20))
    (tmp_path / "train/broken.png").write_bytes((tmp_path / "train/a.png").read_bytes()[:200])
    (tmp_path / "train/empty.png").touch()
    photo(tmp_path / "sets/mine/a.png", 2)
    check_disjoint(tmp_path / "train", tmp_path / "sets", MAX_PIXELS)


def test_every_shared_photo_is_counted(tmp_path):
    for seed in range(3):
        photo(tmp_path / f"train/{seed}.png", seed)
        photo(tmp_path / f"sets/mine/m{seed}.png", seed)
    with pytest.raises(UserError, match=r"0\.png is also mine/m0\.png \(and 2 more\)"):
        check_disjoint(tmp_path / "train", tmp_path / "sets", MAX_PIXELS)


def test_a_benchmark_photo_that_cannot_be_read_stops_at_once(tmp_path):
    photo(tmp_path / "mine/a.png", 1)
    (tmp_path / "mine/b.png").write_text("not a picture")
    with pytest.raises(UserError, match=r"mine/b\.png"):
        write("sample", ["mine"], tmp_path)
    assert not list_images(tmp_path / "data")


def test_large_photos_are_compared_as_well(tmp_path, monkeypatch):
    for limit in (400, 200):  # Pillow warns above its limit and refuses above twice that; these have 600
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
        photo(tmp_path / "train/a.png", 1)
        photo(tmp_path / "sets/mine/b.png", 1)
        with pytest.raises(UserError, match=r"a\.png is also mine/b\.png"):
            check_disjoint(tmp_path / "train", tmp_path / "sets", MAX_PIXELS)


def test_random_vgg19_is_he_normal_and_the_same_bytes_every_time(tmp_path):
    write_random(tmp_path / "a.h5", seed=7)
    write_random(tmp_path / "b.h5", seed=7)
    write_random(tmp_path / "c.h5", seed=8)
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()
    with h5py.File(tmp_path / "a.h5") as a, h5py.File(tmp_path / "c.h5") as c:
        assert a.attrs["description"] == b"random, seed 7"
        assert len(a) == 16
        for name, (rows, columns, channels, filters) in convolution_shapes().items():
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
        for name in convolution_shapes():
            kernel, bias = network.get_layer(name).get_weights()
            np.testing.assert_array_equal(kernel, file[name][f"{name}/kernel:0"][:])
            assert not bias.any()


def test_the_address_of_vgg19_is_keras_own():
    package = Path(importlib.util.find_spec("keras").origin).parent
    text = (package / "src/applications/vgg19.py").read_text().replace('"\n    "', "")
    assert vgg19.IMAGENET.urls[0] in text
    assert vgg19.IMAGENET.checksum.removeprefix("md5:") in text


def use_vgg19(choice: str, root: Path) -> Path:
    write_vgg19(root / "raw/vgg19.h5", choice, 1, root, Downloads([], root / "cache"))
    return root / "raw/vgg19.h5"


def test_own_weights_keep_their_bytes(tmp_path):
    write_random(tmp_path / "mine.h5", seed=3)
    assert use_vgg19("mine.h5", tmp_path).read_bytes() == (tmp_path / "mine.h5").read_bytes()
    assert [path.name for path in (tmp_path / "raw").iterdir()] == ["vgg19.h5"]


def test_keras_weights_come_from_the_cache(tmp_path, monkeypatch):
    cached = tmp_path / "cache/vgg19" / vgg19.IMAGENET.name
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"weights")
    digest = hashlib.md5(b"weights", usedforsecurity=False).hexdigest()
    file = RemoteFile("vgg19", cached.name, (), f"md5:{digest}", 7)
    monkeypatch.setattr(vgg19, "IMAGENET", file)
    assert use_vgg19("imagenet", tmp_path).read_bytes() == b"weights"


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
def test_own_weights_that_are_not_vgg19(tmp_path, fault):
    bad_weights(tmp_path / "mine.h5", fault)
    with pytest.raises(UserError, match=r"data\.vgg19: .*mine\.h5.*imagenet, or random"):
        use_vgg19("mine.h5", tmp_path)
    assert not list(tmp_path.glob("raw/*"))


def test_the_registry_has_the_columns_it_is_read_by():
    with datasets.REGISTRY.open(newline="") as lines:
        assert next(csv.reader(lines)) == ["set", "image", "bytes", "sha256", "url"]
