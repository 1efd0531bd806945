"""Where the enlarged pixels are until they are a file, and what a format can hold."""

import resource

import numpy as np
import pytest
import pyvips
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from srgan.errors import UnwritableError, UserError
from srgan.inference.canvas import FORMATS, LONGEST, SAVERS, canvas
from srgan.inference.pictures import Picture
from srgan.models.tiles import Window
from tests.pictures import SRGB, grey_profile

SCALE = 4
KINDS = {255: np.uint8, 65535: np.uint16}
X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT, INCH, CENTIMETRE = 282, 283, 296, 2, 3  # EXIF's


@pytest.fixture
def source(tmp_path):
    """A picture of 8 x 6 pixels, in colour."""
    Image.new("RGB", (8, 6), "teal").save(tmp_path / "in.png")
    return Picture(tmp_path / "in.png")


def dpi(path):
    return tuple(round(float(value)) for value in Image.open(path).info["dpi"])


def fill(blank, level):
    blank.write(Window(0, 0, 24, 32), 0, np.full((24, 32, 3), level, np.uint8))


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif"])
@pytest.mark.parametrize("change", ["padded", "cut", "whole"])
def test_a_colour_profile_is_written_as_long_as_it_says_it_is(tmp_path, suffix, change):
    """libpng refuses one with bytes behind its end, which JPEGs have; one that was cut short is none."""
    stored = {"padded": SRGB + bytes(4), "cut": SRGB[:-1], "whole": SRGB}[change]
    Image.new("RGB", (8, 6), "teal").save(tmp_path / "in.jpg", icc_profile=stored)
    target = tmp_path / f"out.{suffix}"
    with canvas(target, Picture(tmp_path / "in.jpg"), SCALE, (24, 32)) as blank:
        fill(blank, 9)
    assert Image.open(target).info.get("icc_profile") == (None if change == "cut" else SRGB)


@pytest.mark.parametrize("target", ["png", "jpg", "tif"])
@pytest.mark.parametrize("source", ["png", "jpg", "tif", "bmp", "webp", "avif", "heic"])
def test_the_density_of_a_file_is_kept(tmp_path, source, target):
    """Also one that EXIF has alone, as in WebP, AVIF and HEIC, which have no other place for it."""
    exif = Image.Exif()
    if source in ("webp", "avif", "heic"):
        exif[X_RESOLUTION], exif[Y_RESOLUTION], exif[RESOLUTION_UNIT] = 300, 300, INCH
    Image.new("RGB", (64, 48), "teal").save(tmp_path / f"in.{source}", dpi=(300, 300), exif=exif)
    with canvas(tmp_path / f"out.{target}", Picture(tmp_path / f"in.{source}"), SCALE, (24, 32)):
        pass
    assert dpi(tmp_path / f"out.{target}") == (300, 300)


@pytest.mark.parametrize("target", ["png", "jpg", "tif"])
@pytest.mark.parametrize("source", ["png", "jpg", "tif", "webp", "gif", "avif", "heic", "ppm"])
def test_without_a_density_it_is_72_dpi(tmp_path, source, target):
    """The libraries' default is 25.4 dpi, which prints three times as large."""
    Image.new("RGB", (64, 48), "teal").save(tmp_path / f"in.{source}")
    with canvas(tmp_path / f"out.{target}", Picture(tmp_path / f"in.{source}"), SCALE, (24, 32)):
        pass
    assert dpi(tmp_path / f"out.{target}") == (72, 72)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({X_RESOLUTION: 118, Y_RESOLUTION: 59, RESOLUTION_UNIT: CENTIMETRE}, (300, 150)),
        ({X_RESOLUTION: 300, Y_RESOLUTION: 150}, (300, 150)),  # the unit is inches unless EXIF says otherwise
        ({X_RESOLUTION: 300}, (72, 72)),
        ({X_RESOLUTION: 0, Y_RESOLUTION: 0, RESOLUTION_UNIT: INCH}, (72, 72)),
        ({X_RESOLUTION: IFDRational(1, 0), Y_RESOLUTION: 300, RESOLUTION_UNIT: INCH}, (72, 72)),
    ],
)
def test_a_density_in_exif_alone(tmp_path, tags, expected):
    exif = Image.Exif()
    exif.update(tags)
    Image.new("RGB", (8, 6), "teal").save(tmp_path / "in.webp", exif=exif)
    for metadata in (True, False):
        with canvas(tmp_path / "out.png", Picture(tmp_path / "in.webp"), SCALE, (24, 32), metadata=metadata):
            pass
        assert dpi(tmp_path / "out.png") == expected


@pytest.mark.parametrize("levels", [255, 65535])
@pytest.mark.parametrize("opacity", [None, 0.4])
def test_grey_with_a_profile_looks_the_same_as_webp(tmp_path, levels, opacity):
    """WebP has colours only, and libvips would drop a profile for grey: half of the light is level 188 of sRGB."""
    bands = [level * levels for level in (0.5, opacity) if level]
    image = pyvips.Image.new_from_array(np.full((24, 32, len(bands)), bands, KINDS[levels]))
    image = image.copy(interpretation="grey16" if levels > 255 else "b-w")
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", grey_profile(gamma=1))
    image.pngsave(str(tmp_path / "in.png"))
    with canvas(tmp_path / "out.webp", Picture(tmp_path / "in.png"), 1, (24, 32)) as blank:
        blank.write(Window(0, 0, 24, 32), 0, image.numpy().reshape(24, 32, -1))
    out = np.asarray(Image.open(tmp_path / "out.webp")).astype(int)
    assert np.abs(out[..., :3] - 188).max() <= 1
    assert np.unique(out[..., 3:]).tolist() == ([102] if opacity else [])


def test_two_runs_that_make_the_same_file_do_not_meet(source, tmp_path):
    """The second begins when the first has written its pixels, and ends after it."""
    target = tmp_path / "out.png"
    with canvas(target, source, SCALE, (24, 32)) as second:
        with canvas(target, source, SCALE, (24, 32)) as first:
            fill(first, 7)
        assert np.unique(np.asarray(Image.open(target))) == 7
        fill(second, 9)
    assert np.unique(np.asarray(Image.open(target))) == 9
    with canvas(target, source, SCALE, (24, 32)) as first:
        fill(first, 7)
        with canvas(target, source, SCALE, (24, 32)) as second:
            fill(second, 9)
    assert np.unique(np.asarray(Image.open(target))) == 7
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.png", "out.png"]


def test_a_long_name(source, tmp_path):
    target = tmp_path / f"{'a' * 246}.png"
    with canvas(target, source, SCALE, (24, 32)) as blank:
        fill(blank, 7)
    assert Image.open(target).size == (32, 24)


def save_noise(source, target, then=lambda: None):
    """Noise of 48k raw pixels, which become not much less in any format."""
    noise = np.random.default_rng(0).integers(0, 256, (128, 128, 3), np.uint8)
    Image.fromarray(noise).save(source)
    with canvas(target, Picture(source), 1, (128, 128)) as blank:
        blank.write(Window(0, 0, 128, 128), 0, noise)
        then()


@pytest.mark.parametrize("suffix", SAVERS)
def test_a_disk_that_fills_up_at_the_end_is_a_sentence_about_the_target(tmp_path, disk, suffix):
    """There was room for the raw pixels. Another format would need room as well, so none is advised."""
    target = disk("size=52k") / f"out.{suffix}"
    message = rf"^{target}: cannot be written \(the disk is full\); free some space there, and run again$"
    with pytest.raises(UnwritableError, match=message):
        save_noise(tmp_path / "in.png", target)
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize("suffix", SAVERS)
def test_another_reason_is_a_sentence_about_the_target(tmp_path, suffix):
    """As on a file system that has no files so large."""
    target = tmp_path / f"out.{suffix}"
    other = "tif" if suffix == "png" else "png"
    message = rf"^{target}: cannot be written \(system error: File too large\); try --format {other}$"
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        with pytest.raises(UnwritableError, match=message):
            save_noise(tmp_path / "in.png", target, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, usual[1])))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert [path.name for path in tmp_path.iterdir()] == ["in.png"]


@pytest.mark.parametrize("suffix", [".webp", ".jpg", ".JPEG"])
@pytest.mark.parametrize("tall", [False, True])
def test_more_than_a_format_holds_is_refused_before_anything_is_made(source, tmp_path, suffix, tall):
    most = LONGEST[FORMATS[suffix.lower()]]
    size = (most + 1, 1) if tall else (1, most + 1)
    message = (
        rf"out\{suffix}: {size[1]} x {size[0]} is asked for, and {suffix[1:].lower()} files have at most {most} pix"
    )
    with pytest.raises(UserError, match=message), canvas(tmp_path / f"out{suffix}", source, SCALE, size):
        pytest.fail("it was to be computed")
    assert [path.name for path in tmp_path.iterdir()] == ["in.png"]


@pytest.mark.parametrize("kind", LONGEST)
def test_the_limits_are_those_of_the_library(tmp_path, kind):
    saver, options = SAVERS[kind]
    for side, fits in ((LONGEST[kind], True), (LONGEST[kind] + 1, False)):
        image = pyvips.Image.black(side, 1, bands=3).copy(interpretation="srgb")
        try:
            getattr(image, saver)(str(tmp_path / f"{side}.{kind}"), **options)
        except pyvips.Error:
            assert not fits
        else:
            assert fits
