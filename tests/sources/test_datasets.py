"""Where photographs come from; nothing here leaves the machine."""

import csv
import hashlib
import zipfile
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image
from sklearn.datasets import load_sample_image

from srgan.atomic import built_folder, temporary_path
from srgan.data.benchmark import benchmark_pair, stored_lr
from srgan.errors import UserError
from srgan.sources import datasets
from srgan.sources.datasets import find_benchmarks, find_train, registered
from srgan.sources.degraded import degrade, parse
from srgan.sources.fetch import RemoteFile
from tests.published import photographs
from tests.sources.photos import MAX_PIXELS, SCALE, photo, tree, write

pytestmark = pytest.mark.usefixtures("no_network")


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


def test_a_link_to_a_folder_has_its_own_name(tmp_path):
    photo(tmp_path / "elsewhere/Set5/HR/one.png", 1)
    (tmp_path / "mine").symlink_to(tmp_path / "elsewhere/Set5")
    assert write("sample", ["mine"], tmp_path) == {"train": 4, "benchmarks/mine": 1}


def test_a_degraded_set_has_the_photographs_and_its_lr_beside_them(tmp_path):
    photo(tmp_path / "mine/HR/one.png", 1)
    names = ["sample", "sample+noise10+jpeg75", "mine+blur1"]
    counts = {"train": 4, "benchmarks/sample": 2, "benchmarks/sample+noise10+jpeg75": 2, "benchmarks/mine+blur1": 1}
    assert write("sample", names, tmp_path) == counts
    sets = tmp_path / "data/raw/benchmarks"
    plain, worse = sets / "sample", sets / "sample+noise10+jpeg75"
    assert sorted(tree(worse)) == [".lr/chelsea.png", ".lr/flower.png", "chelsea.png", "flower.png"]
    assert sorted(tree(plain)) == ["chelsea.png", "flower.png"]
    hr, lr = benchmark_pair(worse / "chelsea.png", SCALE, MAX_PIXELS)
    np.testing.assert_array_equal(hr, benchmark_pair(plain / "chelsea.png", SCALE, MAX_PIXELS)[0])
    steps = parse("sample+noise10+jpeg75")[1]
    np.testing.assert_array_equal(lr, degrade(hr, steps, SCALE, "sample/chelsea"))
    assert stored_lr(sets / "mine+blur1/one.png").is_file()
    first = tree(sets)
    write("sample", names, tmp_path)
    assert tree(sets) == first


def test_a_folder_with_the_name_of_a_degraded_set_is_refused(tmp_path):
    """Its inputs would be looked for, and are not there."""
    photo(tmp_path / "cats+jpeg60/one.png", 1)
    with pytest.raises(UserError, match=r"cats\+jpeg60 ends like that of a degraded set; rename it"):
        find_benchmarks(["cats+jpeg60"], tmp_path)


def test_a_folder_may_have_a_plus_in_its_name(tmp_path):
    photo(tmp_path / "cats+dogs/one.png", 1)
    assert write("sample", ["cats+dogs", "cats+dogs+jpeg9"], tmp_path) == {
        "train": 4,
        "benchmarks/cats+dogs": 1,
        "benchmarks/cats+dogs+jpeg9": 1,
    }


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


def test_a_registered_set_from_files_put_in_the_cache(tmp_path, monkeypatch):
    """As behind a firewall: whole files are taken as they are, in the registry's order, and no other set's."""
    rows = ["set,image,bytes,sha256,url"]
    for number, name in enumerate(("b.png", "a.png")):
        data = photo(tmp_path / "cache/set5" / name, number).read_bytes()
        rows.append(f"set5,{name},{len(data)},{hashlib.sha256(data).hexdigest()},https://localhost/{name}")
    rows.append(f"set14,c.png,1,{64 * '0'},https://localhost/c.png")
    (tmp_path / "datasets.csv").write_text("\n".join(rows) + "\n")
    monkeypatch.setattr(datasets, "FILES_OF_SETS", tmp_path / "datasets.csv")
    assert write("sample", ["set5"], tmp_path)["benchmarks/set5"] == 2
    assert tree(tmp_path / "data/raw/benchmarks/set5") == tree(tmp_path / "cache/set5")


def test_the_published_set5_is_the_registered_one(tmp_path):
    found = photographs("set5")
    for file in registered("set5"):
        data = found[Path(file.name).stem].read_bytes()
        assert (len(data), f"sha256:{hashlib.sha256(data).hexdigest()}") == (file.size, file.checksum)


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
    with temporary_path(tmp_path) as left:
        pass
    photo(left / "half.png", 1)
    with built_folder(tmp_path / "train") as folder:
        photo(folder / "whole.png", 2)
    assert sorted(tree(tmp_path)) == ["train/whole.png"]


def test_the_registry_has_the_columns_it_is_read_by():
    with datasets.FILES_OF_SETS.open(newline="") as lines:
        assert next(csv.reader(lines)) == ["set", "image", "bytes", "sha256", "url"]
