"""The estimated quality of JPEGs against the one they were saved with."""

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
