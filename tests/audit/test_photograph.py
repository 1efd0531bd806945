"""The figures of a photograph against other libraries and the papers' formulas."""

import base64
import io
import tracemalloc

import numpy as np
import pytest
import scipy.ndimage
import skimage.data
from PIL import Image, ImageFilter

from srgan.audit.photograph import Unreadable, colourfulness, measure, sharpness, thumbnail

CAT = skimage.data.chelsea()


def measured(path, max_pixels=10**6):
    return measure(path.parent, path.name, max_pixels)


@pytest.mark.parametrize("height", [3, 255, 256, 257, 300])
def test_sharpness_is_the_variance_of_the_laplacian(height):
    luma = np.asarray(Image.fromarray(CAT).convert("L"))[:height]
    laplacian = scipy.ndimage.laplace(luma.astype(np.float64))[1:-1, 1:-1]
    assert sharpness(luma) == pytest.approx(laplacian.var(), rel=1e-12)


def test_of_the_hardest_pattern_no_level_overflows():
    board = (np.indices((40, 40)).sum(axis=0) % 2 * 255).astype(np.uint8)
    assert sharpness(board) == pytest.approx(1020.0**2)
    assert sharpness(np.zeros((2, 9), np.uint8)) == 0


def test_colourfulness_is_the_paper_s():
    """Hasler & Süsstrunk 2003, section 7, written down pixel by pixel."""
    small = CAT[:20, :30].astype(float)
    rg = np.array([pixel[0] - pixel[1] for row in small for pixel in row])
    yb = np.array([0.5 * (pixel[0] + pixel[1]) - pixel[2] for row in small for pixel in row])
    expected = np.sqrt(rg.var() + yb.var()) + 0.3 * np.sqrt(rg.mean() ** 2 + yb.mean() ** 2)
    assert colourfulness(CAT[:20, :30]) == pytest.approx(expected)
    assert colourfulness(np.full((4, 4, 3), 90, np.uint8)) == 0


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


def test_memory_is_that_of_reading(tmp_path):
    """Strips: a photograph of 12 million pixels takes no array of eight bytes a pixel."""
    luma = np.tile(np.asarray(Image.fromarray(CAT).convert("L")), (10, 9))
    tracemalloc.start()
    sharpness(luma)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * luma.nbytes


def test_thumbnails_fit(tmp_path):
    Image.fromarray(CAT).save(tmp_path / "cat.png")
    kind, _, data = thumbnail(tmp_path / "cat.png", 100, 10**6).partition(",")
    assert kind == "data:image/jpeg;base64"
    assert Image.open(io.BytesIO(base64.b64decode(data))).size == (100, 67)
