"""Colours that a HEIF file describes by numbers; those of its numbers are ITU-T H.273's."""

import io

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms

from srgan.commands.notices import left_out
from srgan.inference.pictures import Picture
from tests.pictures import SRGB, smooth


def saved(path, primaries, curve, **extra):
    pillow_heif.from_pillow(Image.fromarray(smooth(64, 64, 3))).save(
        path,
        quality=-1,
        save_nclx_profile=True,
        color_primaries=primaries,
        transfer_characteristics=curve,
        matrix_coefficients=1,
        full_range_flag=1,
        **extra,
    )
    return path


def test_display_p3_gets_its_profile(enlarger, tmp_path):
    """Its most saturated red lies outside of sRGB: by the profile (255, 0, 0) becomes more red than sRGB has."""
    enlarger.enlarge(saved(tmp_path / "in.heic", 12, 13), tmp_path / "out.png")
    profile = ImageCms.ImageCmsProfile(io.BytesIO(Image.open(tmp_path / "out.png").info["icc_profile"]))
    red = profile.profile.red_primary[1]  # x, y, Y, adapted to the white of D50
    chromaticities = {"P3": (0.680, 0.320), "sRGB": (0.640, 0.330)}
    adapted = {name: adapted_to_d50(xy) for name, xy in chromaticities.items()}
    assert np.abs(np.subtract(red[:2], adapted["P3"])).max() < 1e-3
    assert np.abs(np.subtract(red[:2], adapted["sRGB"])).max() > 1e-2
    assert left_out(Picture(tmp_path / "in.heic")) == []


def adapted_to_d50(xy):
    """Bradford's adaptation of a chromaticity from D65, as profiles (ICC.1, annex E) have it."""
    bradford = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    d65, d50 = (np.array([x / y, 1, (1 - x - y) / y]) for x, y in ((0.3127, 0.3290), (0.3457, 0.3585)))
    scale = np.diag((bradford @ d50) / (bradford @ d65))
    x, y = xy
    found = np.linalg.inv(bradford) @ scale @ bradford @ np.array([x / y, 1, (1 - x - y) / y])
    return found[:2] / found.sum()


@pytest.mark.parametrize(
    ("primaries", "curve", "name"),
    [
        (9, 16, "BT.2020 PQ"),
        (9, 18, "BT.2020 HLG"),
        (12, 16, "Display P3 PQ"),
        (9, 1, "BT.2020"),
        (1, 8, "linear light"),
    ],
)
def test_colours_that_the_result_cannot_have_are_said(tmp_path, primaries, curve, name):
    (said,) = left_out(Picture(saved(tmp_path / "in.heic", primaries, curve)))
    assert said.startswith(f"warning: {tmp_path}/in.heic: its colours are {name}, which are not kept")


@pytest.mark.parametrize(("primaries", "curve"), [(1, 13), (1, 1), (6, 6), (2, 2)])
def test_colours_like_srgb_need_nothing(tmp_path, primaries, curve):
    picture = Picture(saved(tmp_path / "in.heic", primaries, curve))
    assert not picture.upright.get_typeof("icc-profile-data")
    assert left_out(picture) == []


def test_a_profile_goes_before_numbers(tmp_path):
    picture = Picture(saved(tmp_path / "in.heic", 9, 16, icc_profile=SRGB))
    assert picture.upright.get("icc-profile-data") == SRGB
    assert left_out(picture) == []
