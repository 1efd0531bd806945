"""Sources that are refused with a sentence, before anything is written; nothing here leaves the machine."""

import pytest

from srgan.data.benchmark import benchmark_pair
from srgan.data.listing import list_images
from srgan.errors import UserError
from tests.sources.photos import MAX_PIXELS, SCALE, photo, write

pytestmark = pytest.mark.usefixtures("no_network")


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
        (
            "sample",
            ["sample+jpg60"],
            r"'sample\+jpg60' is not a folder.*did you mean jpeg60",
        ),
        ("sample", ["sampel+jpeg60"], r"data\.benchmarks: 'sampel' is neither .*sample"),
        ("sample", ["sample+jpeg60", "sample+jpeg60"], r"two sets are called 'sample\+jpeg60'"),
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


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "data").write_text("a file in the way")
    with pytest.raises(UserError, match=r"data/raw/train: cannot be written"):
        write("sample", ["sample"], tmp_path)


def test_a_benchmark_photo_that_cannot_be_read_stops_at_once(tmp_path):
    photo(tmp_path / "mine/a.png", 1)
    (tmp_path / "mine/b.png").write_text("not a picture")
    with pytest.raises(UserError, match=r"mine/b\.png"):
        write("sample", ["mine"], tmp_path)
    assert not list_images(tmp_path / "data")


def test_a_benchmark_photo_that_could_not_be_measured_is_refused_before_anything_is_trained(tmp_path):
    """The stage evaluate refuses the same; it would come hours later."""
    photo(tmp_path / "mine/a.png", 1, size=(64, 64))
    small = photo(tmp_path / "mine/b.png", 2, size=(63, 64))
    with pytest.raises(UserError, match=r"data\.benchmarks: mine/b\.png: 64x60 pixels is too small .*64x64; remove it"):
        write("sample", ["mine"], tmp_path)
    assert not list_images(tmp_path / "data")
    with pytest.raises(UserError, match="at least 64x64"):
        benchmark_pair(small, SCALE, MAX_PIXELS)
    photo(small, 2, size=(64, 64))
    assert write("sample", ["mine"], tmp_path)["benchmarks/mine"] == 2
