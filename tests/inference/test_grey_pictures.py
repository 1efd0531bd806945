"""Grey pictures, stored as grey and as colours: they stay grey."""

import numpy as np
import pytest
import tifffile
from PIL import Image

from srgan.data.resize import enlarge
from srgan.inference.enlarger import Enlarger
from srgan.inference.pictures import Picture
from srgan.inference.shipped import SHIPPED, SRRESNET
from tests.pictures import SRGB, near, smooth


@pytest.mark.parametrize("mode", ["L", "1"])
def test_grey_stays_grey(enlarged, mode):
    grey = Image.fromarray(smooth(20, 30)).convert(mode)
    out = Image.open(enlarged("in.png", grey.save))
    assert out.mode == "L"
    near(np.asarray(out), enlarge(np.asarray(grey.convert("L")), 4))


GREY = Image.fromarray(smooth(20, 30))


MAGENTA_HIDDEN = np.dstack([smooth(20, 30)] * 3 + [np.full((20, 30), 255, np.uint8)])


MAGENTA_HIDDEN[:2] = (255, 0, 255, 0)


@pytest.mark.parametrize("target", ["out.png", "out.jpg", "out.webp", "out.tif"])
@pytest.mark.parametrize(
    ("name", "save"),
    [
        ("in.png", lambda path: GREY.convert("RGB").save(path, icc_profile=SRGB)),
        ("in.jpg", GREY.convert("RGB").save),
        ("in.gif", GREY.save),
        ("palette.png", GREY.quantize(16).save),
        ("in.avif", GREY.save),
        ("in.tif", lambda path: tifffile.imwrite(path, np.dstack([np.asarray(GREY)] * 3).astype(np.uint16) * 257)),
        ("alpha.png", Image.fromarray(MAGENTA_HIDDEN).save),
    ],
)
def test_grey_stored_as_colours_gets_no_tint(tmp_path, name, save, target):
    """A trained network tints grey by some levels. The file stays one of colours, so its profile stays valid."""
    save(tmp_path / name)
    Enlarger(SHIPPED / SRRESNET).enlarge(tmp_path / name, tmp_path / target)
    out = Image.open(tmp_path / target) if (name, target) != ("in.tif", "out.tif") else None
    pixels = np.asarray(out) if out else tifffile.imread(tmp_path / target)
    visible = pixels[9:, :, :3].astype(int)  # below what is hidden in one of them
    assert np.ptp(visible, axis=2).max() <= (2 if target == "out.webp" else 0)  # WebP rounds twice
    assert np.ptp(visible) > 50
    if name == "in.png":
        assert out.info["icc_profile"] == SRGB
    if name == "alpha.png" and target != "out.jpg":
        assert out.mode == "RGBA"
        assert pixels[2, :, 3].max() < 9


def test_grey_stored_as_colours_becomes_what_a_single_channel_becomes(tmp_path):
    GREY.save(tmp_path / "grey.png")
    GREY.convert("RGB").save(tmp_path / "rgb.png")
    enlarger = Enlarger(SHIPPED / SRRESNET)
    for name in ("grey", "rgb"):
        enlarger.enlarge(tmp_path / f"{name}.png", tmp_path / f"{name}-x4.png")
    single, three = (Image.open(tmp_path / f"{name}-x4.png") for name in ("grey", "rgb"))
    assert (single.mode, three.mode) == ("L", "RGB")
    np.testing.assert_array_equal(np.asarray(single.convert("RGB")), np.asarray(three))


@pytest.mark.parametrize("place", [(0, 0), (19, 29)])
@pytest.mark.parametrize("band", [0, 1, 2])
@pytest.mark.parametrize("shown", [0, 1, 255])
def test_a_single_visible_level_of_colour_makes_a_picture_coloured(tmp_path, place, band, shown):
    pixels = np.dstack([smooth(20, 30)] * 3 + [np.full((20, 30), 255, np.uint8)])
    pixels[*place, band] += 1
    pixels[*place, 3] = shown
    Image.fromarray(pixels).save(tmp_path / "in.png")
    assert Picture(tmp_path / "in.png").grey == (shown == 0)
