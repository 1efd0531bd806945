"""The figures of a photograph against other libraries and the papers' formulas."""

import base64
import io

import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageFilter

from srgan.audit.photograph import Unreadable, measure, thumbnail

CAT = skimage.data.chelsea()


def measured(path, max_pixels=10**6):
    return measure(path.parent, path.name, max_pixels)


def test_the_figures_of_a_file(tmp_path):
    path = tmp_path / "cat.jpg"
    Image.fromarray(CAT).save(path, quality=85)
    found = measured(path)
    luma = np.asarray(Image.open(path).convert("L")).astype(float)
    assert (found.name, found.width, found.height, found.size) == ("cat.jpg", 451, 300, path.stat().st_size)
    assert (found.format, found.quality) == ("JPEG", 85)
    assert found.brightness == pytest.approx(luma.mean())
    assert found.contrast == pytest.approx(luma.std())
    assert len(found.hash) == 32
    assert found.flags(192) == []
    assert found.flags(301) == ["tiny"]


@pytest.mark.parametrize(
    ("change", "flags"),
    [
        (lambda cat: cat, []),
        (lambda cat: cat.convert("L"), ["grey"]),
        (lambda cat: cat.filter(ImageFilter.GaussianBlur(4)), ["blurred"]),
        (lambda cat: cat.point(lambda level: 120 + level // 30), ["flat", "grey", "blurred"]),
        (lambda cat: Image.new("RGB", cat.size, (120, 130, 140)), ["flat", "blurred"]),
        (lambda cat: cat.resize((200, 133)), ["tiny"]),
    ],
)
def test_flags(tmp_path, change, flags):
    change(Image.fromarray(CAT)).save(tmp_path / "cat.png")
    found = measured(tmp_path / "cat.png")
    assert found.flags(192) == flags
    assert (found.hash == b"") == ("flat" in flags)


@pytest.mark.parametrize("suffix", ["png", "tif", "webp", "bmp", "ppm", "gif"])
def test_formats(tmp_path, suffix):
    Image.fromarray(CAT).save(tmp_path / f"cat.{suffix}")
    found = measured(tmp_path / f"cat.{suffix}")
    assert found.format == {"tif": "TIFF"}.get(suffix, suffix.upper())
    assert found.quality is None


def test_a_name_may_lie(tmp_path):
    Image.fromarray(CAT).save(tmp_path / "a.png", format="JPEG", quality=70)
    Image.fromarray(CAT).save(tmp_path / "b.jpg", format="PNG")
    assert measured(tmp_path / "a.png")[4:6] == ("JPEG", 70)
    assert measured(tmp_path / "b.jpg")[4:6] == ("other", None)


def test_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.rot90(CAT)).save(tmp_path / "turned.png", exif=exif)
    Image.fromarray(CAT).save(tmp_path / "cat.png")
    turned, cat = measured(tmp_path / "turned.png"), measured(tmp_path / "cat.png")
    assert turned._replace(name="", size=0) == cat._replace(name="", size=0)


def test_what_cannot_be_read(tmp_path):
    Image.fromarray(CAT).save(tmp_path / "cut.jpg")
    (tmp_path / "cut.jpg").write_bytes((tmp_path / "cut.jpg").read_bytes()[:3000])
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.jpg").write_text("no picture")
    Image.fromarray(CAT).save(tmp_path / "large.png")
    reasons = {name: measured(tmp_path / name, 10**5) for name in ("cut.jpg", "empty.png", "text.jpg", "large.png")}
    assert all(isinstance(found, Unreadable) for found in reasons.values())
    assert "not a picture" in reasons["text.jpg"].reason
    assert "more than 100000 pixels" in reasons["large.png"].reason
    assert not any(str(tmp_path) in found.reason for found in reasons.values())


def test_thumbnails_fit(tmp_path):
    Image.fromarray(CAT).save(tmp_path / "cat.png")
    kind, _, data = thumbnail(tmp_path / "cat.png", 100, 10**6).partition(",")
    assert kind == "data:image/jpeg;base64"
    assert Image.open(io.BytesIO(base64.b64decode(data))).size == (100, 67)
