"""What phones take: HEIC, AVIF, and JPEGs with a gain map."""

import numpy as np
import pytest
import pyvips
from PIL import Image

from srgan.data.resize import enlarge
from srgan.errors import UserError
from tests.pictures import SRGB, smooth


@pytest.mark.parametrize("bits", [8, 12])
def test_a_photograph_of_an_iphone(enlarger, tmp_path, bits):
    """HEVC in HEIF, which pillow-heif writes and another of its parts reads; turned, with EXIF and a profile."""
    pillow_heif = pytest.importorskip("pillow_heif")
    rgb = enlarge(enlarge(np.random.default_rng(0).integers(60, 196, (4, 6, 3), np.uint8), 4), 2)
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Maker", 6
    picture = Image.fromarray(rgb)
    if bits == 8:
        heif = pillow_heif.from_pillow(picture)
    else:
        deep = rgb.astype(np.uint16) * 257
        heif = pillow_heif.from_bytes("RGB;16", picture.size, deep.tobytes())
    heif.save(tmp_path / "in.heic", quality=-1, exif=exif.tobytes(), icc_profile=SRGB)
    enlarger.enlarge(tmp_path / "in.heic", tmp_path / "out.png")
    out = Image.open(tmp_path / "out.png")
    assert out.getexif()[0x010F] == "Maker"
    assert out.getexif().get(0x0112, 1) == 1
    assert (tmp_path / "out.png").read_bytes()[24] == (8 if bits == 8 else 16)
    upright = np.rot90(rgb, -1) if out.size == (4 * rgb.shape[0], 4 * rgb.shape[1]) else rgb
    difference = np.abs(np.asarray(out)[..., :3].astype(int) - enlarge(np.ascontiguousarray(upright), 4))
    assert difference.mean() < 3  # HEVC's own losses


def test_avif(enlarged):
    rgb = enlarge(smooth(20, 28, 3), 2)
    out = Image.open(enlarged("in.avif", lambda path: Image.fromarray(rgb).save(path, quality=100)))
    assert np.abs(np.asarray(out).astype(int) - enlarge(rgb, 4)).mean() < 3


def test_a_cut_photograph_of_an_iphone_is_refused(enlarger, tmp_path):
    pillow_heif = pytest.importorskip("pillow_heif")
    source = tmp_path / "in.heic"
    pillow_heif.from_pillow(Image.fromarray(smooth(64, 64, 3))).save(source)
    source.write_bytes(source.read_bytes()[: source.stat().st_size * 2 // 3])
    with pytest.raises(UserError, match=r"in\.heic: "):
        enlarger.enlarge(source, tmp_path / "out.png")
    assert list(tmp_path.iterdir()) == [source]


def test_of_an_android_phone_s_hdr_jpeg_the_picture_that_all_can_see(enlarger, tmp_path):
    """A JPEG with a gain map (Ultra HDR), which libvips would give to another reader."""
    rgb = enlarge(smooth(20, 28, 3), 2)
    bright = pyvips.Image.new_from_array(rgb).colourspace("scrgb") * 3
    bright.copy(interpretation="scrgb").cast("float").uhdrsave(str(tmp_path / "in.jpg"))
    assert b"urn:iso:std:iso:ts:21496" in (tmp_path / "in.jpg").read_bytes()
    enlarger.enlarge(tmp_path / "in.jpg", tmp_path / "out.png")
    expected = enlarge(np.asarray(Image.open(tmp_path / "in.jpg").convert("RGB")), 4)
    assert np.abs(np.asarray(Image.open(tmp_path / "out.png").convert("RGB")).astype(int) - expected).mean() < 3
