"""Pictures of every kind, enlarged by a network that is exactly bicubic and compared with other readers."""

import io

import numpy as np
import pytest
import pyvips
import tifffile
from PIL import Image, ImageOps

from srgan.data.resize import enlarge
from srgan.errors import UserError
from srgan.inference.enlarger import Enlarger
from srgan.models.generator import build_generator
from srgan.models.weights import save_networks
from tests.pictures import SRGB, near, smooth


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (21, 34)])
@pytest.mark.parametrize("suffix", ["png", "tif", "bmp", "ppm", "gif"])
def test_colour(enlarged, size, suffix):
    rgb = smooth(*size, 3)
    if suffix == "gif":
        rgb[:] = rgb[:1, :1]  # a palette of few colours
    out = Image.open(enlarged(f"in.{suffix}", lambda path: Image.fromarray(rgb).save(path)))
    assert out.mode == "RGB"
    near(np.asarray(out), enlarge(rgb, 4))


def test_palette(enlarged):
    palette = Image.fromarray(smooth(20, 30, 3)).quantize(16)
    out = Image.open(enlarged("in.png", palette.save))
    near(np.asarray(out), enlarge(np.asarray(palette.convert("RGB")), 4))


@pytest.mark.parametrize("suffix", ["png", "tif"])
@pytest.mark.parametrize("channels", [(), (3,)])
def test_sixteen_bits_stay_sixteen(enlarged, suffix, channels):
    """Levels between those of 8 bits: what comes out has them, and is what 8 bits give to within one of theirs."""
    deep = smooth(20, 30, *channels).astype(np.uint16) * 257 + 101
    save = (lambda path: tifffile.imwrite(path, deep)) if suffix == "tif" else (lambda path: _write_png16(path, deep))
    target = enlarged(f"in.{suffix}", save, f"out.{suffix}")
    out = tifffile.imread(target) if suffix == "tif" else _read_png16(target)
    assert out.dtype == np.uint16
    near(out // 257, enlarge((deep // 257).astype(np.uint8), 4), 1)
    assert len(np.unique(out % 257)) > 20


def _write_png16(path, pixels):
    pyvips.Image.new_from_array(pixels, interpretation="grey16" if pixels.ndim == 2 else "rgb16").pngsave(str(path))


def _read_png16(path):
    """Pillow reads 16-bit grey PNG but no 16-bit colour; both are what the file's own header says."""
    header = path.read_bytes()[:26]
    assert header[24] == 16
    return pyvips.Image.new_from_file(str(path)).numpy()


def test_sixteen_bits_into_a_format_without_them(enlarged):
    deep = smooth(20, 30, 3).astype(np.uint16) * 257
    out = Image.open(enlarged("in.tif", lambda path: tifffile.imwrite(path, deep), "out.webp"))
    assert np.abs(np.asarray(out).astype(int) - enlarge((deep // 257).astype(np.uint8), 4)).mean() < 4


def test_cmyk_becomes_rgb(enlarged):
    white = np.zeros((20, 20, 4), np.uint8)
    white[:, 10:] = (0, 255, 255, 0)  # red ink
    out = np.asarray(Image.open(enlarged("in.tif", Image.fromarray(white, "CMYK").save)).convert("RGB"))
    assert out[40, 8].min() > 240
    red, green, blue = out[40, 72].astype(int)
    assert red > 200
    assert max(green, blue) < 80


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied_once(enlarged, orientation):
    stored = Image.fromarray(smooth(12, 20, 3))
    exif = Image.Exif()
    exif[0x0112] = orientation
    source = io.BytesIO()
    stored.save(source, "TIFF", exif=exif)
    out = Image.open(enlarged("in.tif", lambda path: path.write_bytes(source.getvalue())))
    assert out.getexif().get(0x0112, 1) == 1
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(source.getvalue())))
    near(np.asarray(out), enlarge(np.asarray(upright), 4))


@pytest.mark.parametrize("target", ["out.png", "out.tif", "out.jpg", "out.webp"])
def test_profile_and_density_are_kept(enlarged, target):
    picture = Image.fromarray(smooth(20, 30, 3))
    out = Image.open(enlarged("in.png", lambda path: picture.save(path, icc_profile=SRGB, dpi=(300, 300)), target))
    assert out.info["icc_profile"] == SRGB
    if target != "out.webp":  # it has no place for a density
        assert [round(float(value)) for value in out.info["dpi"]] == [300, 300]


@pytest.mark.parametrize(
    ("kind", "bands"),
    [*(("minisblack", bands) for bands in (1, 2, 3, 4, 5, 7)), *(("rgb", bands) for bands in (3, 4, 5, 7))],
)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_which_bands_are_a_picture(enlarger, tmp_path, kind, bands, dtype):
    """Grey or RGB, with alpha or without it, is a picture; more bands in a TIFF are of other things."""
    source, target = tmp_path / "in.tif", tmp_path / "out.tif"
    pixels = np.squeeze(smooth(20, 30, bands), axis=2 if bands == 1 else ()).astype(dtype)
    tifffile.imwrite(source, pixels, photometric=kind, planarconfig="contig")
    if bands in ((1, 2) if kind == "minisblack" else (3, 4)):
        enlarger.enlarge(source, target)
        assert tifffile.imread(target).shape == ((80, 120) if bands == 1 else (80, 120, bands))
        return
    with pytest.raises(
        UserError, match=rf"in\.tif: {bands} channels .*; save it as grey, RGB or CMYK, with one channel"
    ):
        enlarger.enlarge(source, target)
    assert list(tmp_path.iterdir()) == [source]


def test_tiles_are_refused_where_they_would_show(tmp_path):
    spec = {"scale": 4, "blocks": 1, "filters": 8, "norm": "layer", "skip": "none"}
    save_networks(tmp_path / "layer", {"generator": build_generator(**spec)}, {"generator": spec})
    with pytest.raises(UserError, match=r"--tile 64: .* whole picture"):
        Enlarger(tmp_path / "layer", tile=64)
    Image.fromarray(smooth(20, 30, 3)).save(tmp_path / "in.png")
    Enlarger(tmp_path / "layer").enlarge(tmp_path / "in.png", tmp_path / "out.png")
    assert Image.open(tmp_path / "out.png").size == (120, 80)


def test_a_file_that_has_changed_is_seen_as_it_is_now(enlarger, tmp_path):
    for level in (10, 200):
        Image.fromarray(np.full((20, 30, 3), level, np.uint8)).save(tmp_path / "in.png")
        enlarger.enlarge(tmp_path / "in.png", tmp_path / "out.png")
        near(np.asarray(Image.open(tmp_path / "out.png")), np.full((80, 120, 3), level))


@pytest.mark.parametrize("channels", [3, 4])
def test_progress_ends_at_the_picture_s_pixels(enlarger, tmp_path, channels):
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (21, 34, channels), np.uint8)).save(tmp_path / "in.png")
    done = []
    enlarger.enlarge(tmp_path / "in.png", tmp_path / "out.png", done.append)
    assert sum(done) == pytest.approx(21 * 34)
