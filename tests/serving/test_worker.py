"""Which crops of a picture are measured."""

import json

import numpy as np
import pytest
from PIL import Image

from srgan.data.appearance import appearance
from srgan.inference.enlarger import Enlarger
from srgan.inference.pictures import Picture
from srgan.inference.shipped import SHIPPED
from srgan.serving import worker


def crops(tmp_path, pixels, side):
    Image.fromarray(pixels).save(tmp_path / "picture.png")
    return worker.crop_figures(Picture(tmp_path / "picture.png"), side)


def test_crops_are_spread_from_corner_to_corner(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (50, 80, 3), np.uint8)
    places = [(top, left) for top in (0, 8, 17, 26) for left in (0, 18, 37, 56)]
    expected = [appearance(pixels[top : top + 24, left : left + 24]) for top, left in places]
    assert crops(tmp_path, pixels, 24) == expected


@pytest.mark.parametrize(("shape", "count"), [((24, 24, 3), 1), ((5, 9, 3), 1), ((24, 100, 3), 4), ((1, 1, 3), 1)])
def test_of_a_small_picture_no_crop_is_measured_twice(tmp_path, shape, count):
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    assert len(crops(tmp_path, pixels, 24)) == count


def test_grey_and_sixteen_bits_are_measured_in_levels_of_eight(tmp_path):
    grey = np.random.default_rng(0).integers(0, 256, (24, 24)).astype(np.uint16)
    (found,) = crops(tmp_path, grey * 257, 24)
    assert found == appearance(np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2))


def test_a_network_that_is_damaged_is_said_on_the_first_line(tmp_path, capsys):
    (tmp_path / "model.json").write_text((SHIPPED / "gan/model.json").read_text())
    (tmp_path / "generator.weights.h5").write_bytes(b"damaged")
    worker.main(tmp_path, 1.0, "cpu", 24)  # and returns
    assert "generator.weights.h5: damaged" in json.loads(capsys.readouterr().out)["error"]


def test_a_result_that_cannot_be_written_is_not_the_picture_s_fault(tmp_path, capsys):
    Image.new("RGB", (8, 6)).save(tmp_path / "picture.png")
    (tmp_path / "file").touch()
    target = tmp_path / "file" / "enlarged.png"
    said = worker.enlarge(Enlarger(SHIPPED / "gan"), tmp_path / "picture.png", target, 24)
    assert said["server_error"]
    assert said["error"].startswith("the result: cannot be written")
    said = worker.enlarge(Enlarger(SHIPPED / "gan"), tmp_path / "file", tmp_path / "enlarged.png", 24)
    assert not said["server_error"]
