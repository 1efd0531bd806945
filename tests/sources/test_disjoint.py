"""No photograph of an evaluation set is trained on, whatever file it is in."""

import numpy as np
import pytest
from PIL import Image

from srgan.errors import UserError
from srgan.sources.disjoint import check_disjoint
from tests.sources.photos import MAX_PIXELS, photo

pytestmark = pytest.mark.usefixtures("no_network")

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
    photo(tmp_path / "train/b.png", 2, size=(96, 64))
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


def test_large_photos_are_compared_as_well(tmp_path, monkeypatch):
    for limit in (4000, 2000):  # Pillow warns above its limit and refuses above twice that; these have 6144
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
        photo(tmp_path / "train/a.png", 1)
        photo(tmp_path / "sets/mine/b.png", 1)
        with pytest.raises(UserError, match=r"a\.png is also mine/b\.png"):
            check_disjoint(tmp_path / "train", tmp_path / "sets", MAX_PIXELS)
