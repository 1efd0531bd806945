"""The estimated quality of JPEGs against the one they were saved with."""

import subprocess
import sys

import numpy as np
import pytest
import skimage.data
from PIL import Image

from srgan.inference.jpeg import jpeg_quality, table

PHOTO = Image.fromarray(skimage.data.chelsea()[:64, :96])


@pytest.mark.parametrize("quality", range(30, 96))
def test_what_pillow_saved_is_found_exactly(tmp_path, quality):
    PHOTO.save(tmp_path / "a.jpg", quality=quality)
    assert jpeg_quality(tmp_path / "a.jpg") == quality
    with Image.open(tmp_path / "a.jpg") as image:
        np.testing.assert_array_equal(np.reshape(image.quantization[0], (8, 8)), table(quality))


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("options", [{"progressive": True}, {"subsampling": 0, "optimize": True}])
def test_in_all_kinds_of_jpeg(tmp_path, mode, options):
    PHOTO.convert(mode).save(tmp_path / "a.JPEG", quality=77, **options)
    assert jpeg_quality(tmp_path / "a.JPEG") == 77


@pytest.mark.parametrize("quality", [50, 80, 92])
def test_of_a_table_of_another_program_the_nearest(tmp_path, quality):
    """Each entry a tenth off, as no setting of libjpeg's has it."""
    factors = np.random.default_rng(0).uniform(0.9, 1.1, (8, 8))
    other = np.maximum(1, (table(quality) * factors).round().astype(int))
    PHOTO.save(tmp_path / "a.jpg", qtables=[other.ravel().tolist()] * 2)
    assert abs(jpeg_quality(tmp_path / "a.jpg") - quality) <= 2


def test_the_table_that_the_luminance_has_counts(tmp_path):
    """Its number may be any: here the two tables are exchanged, in their segments and in the frame's."""
    PHOTO.save(tmp_path / "a.jpg", qtables=[table(quality).ravel().tolist() for quality in (40, 95)])
    data = bytearray((tmp_path / "a.jpg").read_bytes())
    for number in (0, 1):
        data[data.index(b"\xff\xdb\x00\x43" + bytes([number])) + 4] = 3 - number  # first to numbers of nobody
    for number in (0, 1):
        data[data.index(b"\xff\xdb\x00\x43" + bytes([3 - number])) + 4] = 1 - number
    assert jpeg_quality(tmp_path / "a.jpg") == 40
    (tmp_path / "b.jpg").write_bytes(data)  # now the luminance, whose number is 0, has the other table
    assert jpeg_quality(tmp_path / "b.jpg") == 95
    frame = data.index(b"\xff\xc0") + 10  # the first component: its name, its sampling, its table's number
    assert [data[frame + 2], data[frame + 5], data[frame + 8]] == [0, 1, 1]
    data[frame + 2] = 1
    (tmp_path / "c.jpg").write_bytes(data)
    assert jpeg_quality(tmp_path / "c.jpg") == 40


def test_without_a_table_there_is_no_quality(tmp_path):
    PHOTO.save(tmp_path / "a.jpg", quality=60)
    data = (tmp_path / "a.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(data[: data.index(b"\xff\xdb")] + data[data.index(b"\xff\xc0") :])
    assert jpeg_quality(tmp_path / "cut.jpg") is None


def test_damaged_exif_is_nobody_s_business_here(tmp_path):
    PHOTO.save(tmp_path / "a.jpg", quality=60)
    _, _, rest = (tmp_path / "a.jpg").read_bytes().partition(b"\xff\xdb")  # without JFIF's segment
    exif = b"Exif\0\0II*\0\x08\0\0\0\x05\0\0\0"  # five entries are promised, and none follows
    segment = b"\xff\xe1" + (len(exif) + 2).to_bytes(2) + exif
    (tmp_path / "cut.jpg").write_bytes(b"\xff\xd8" + segment + b"\xff\xdb" + rest)
    code = (
        "from pathlib import Path; from srgan.inference.jpeg import jpeg_quality; print(jpeg_quality(Path('cut.jpg')))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("60\n", "")


def test_the_last_time_it_was_saved_counts(tmp_path):
    PHOTO.save(tmp_path / "a.jpg", quality=30)
    Image.open(tmp_path / "a.jpg").save(tmp_path / "b.jpg", quality=90)
    Image.open(tmp_path / "a.jpg").save(tmp_path / "c.png")
    assert jpeg_quality(tmp_path / "b.jpg") == 90
    assert jpeg_quality(tmp_path / "c.png") is None


def test_large_pictures_are_no_bombs_here(tmp_path, monkeypatch):
    monkeypatch.setattr(
        Image, "MAX_IMAGE_PIXELS", 100
    )  # Pillow refuses twice that; srgan's own limit is data.max_pixels
    PHOTO.save(tmp_path / "a.jpg", quality=60)
    assert jpeg_quality(tmp_path / "a.jpg") == 60
