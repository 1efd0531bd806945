"""What the browser shows, against the pictures it is made of."""

import numpy as np
import pytest
import pyvips
from PIL import Image

from srgan.data.resize import enlarge
from srgan.inference.pictures import Picture
from srgan.inference.views import MOST_SHOWN, shown_size, write_views
from tests.pictures import smooth


@pytest.mark.parametrize(
    ("size", "expected"),
    [((4000, 6000), (4000, 6000)), ((8000, 12000), (4000, 6000)), ((16_000_000, 16), (4_898_979, 5)), ((1, 1), (1, 1))],
)
def test_a_large_picture_is_shown_smaller_in_proportion(size, expected):
    assert shown_size(*size) == expected
    assert np.prod(expected) <= 1.03 * MOST_SHOWN


def test_both_are_in_one_place_in_one_size(tmp_path):
    """Of a result that is shown smaller, too: a shift of half a pixel would show as movement under the slider."""
    lr = smooth(40, 48, 3)
    Image.fromarray(lr).save(tmp_path / "lr.png")
    Image.fromarray(enlarge(lr, 4)).save(tmp_path / "sr.png")
    before, after = tmp_path / "before.png", tmp_path / "after.png"
    for size in ((160, 192), (80, 96)):
        write_views(Picture(tmp_path / "lr.png"), Picture(tmp_path / "sr.png"), size, before, after)
        left, right = (np.asarray(Image.open(path)).astype(int) for path in (before, after))
        assert left.shape == right.shape == (*size, 3)
        assert np.abs(left - right)[4:-4, 4:-4].max() <= 3


def test_alpha_and_a_profile_are_shown_and_nothing_private(tmp_path):
    rgba = np.dstack([smooth(16, 16, 3), np.tile(np.linspace(0, 255, 16).astype(np.uint8), (16, 1))])
    exif = Image.Exif()
    exif[0x0110] = "Camera"
    Image.fromarray(rgba).save(tmp_path / "lr.png", exif=exif, icc_profile=b"profile" * 20)
    picture = Picture(tmp_path / "lr.png")
    write_views(picture, picture, (16, 16), tmp_path / "before.png", tmp_path / "after.png")
    for name in ("before.png", "after.png"):
        shown = Image.open(tmp_path / name)
        assert shown.mode == "RGBA"
        assert not shown.getexif()
        np.testing.assert_array_equal(np.asarray(shown)[..., 3], rgba[..., 3])


def test_grey_of_three_channels_of_16_bits_is_shown_in_its_own_levels(tmp_path):
    grey = np.tile(np.arange(16, dtype=np.uint16) * 4096 + 200, (16, 1))
    pyvips.Image.new_from_array(np.dstack([grey] * 3), interpretation="rgb16").pngsave(str(tmp_path / "lr.png"))
    picture = Picture(tmp_path / "lr.png")
    write_views(picture, picture, (16, 16), tmp_path / "before.png", tmp_path / "after.png")
    for name in ("before.png", "after.png"):
        np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / name).convert("L")), grey >> 8)
