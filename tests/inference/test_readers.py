"""BMP, PPM and HEIC: known by what they contain, whatever they are called, with all that they hold."""

import struct

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from srgan.data.resize import enlarge
from srgan.errors import UserError
from srgan.inference import readers
from srgan.inference.enlarger import Enlarger
from srgan.inference.pictures import Picture, pixel_count
from srgan.inference.readers import reader_of
from srgan.inference.shipped import SHIPPED, SRRESNET
from srgan.models.tiles import Window


def gradient(*shape, levels=256):
    """A picture with a different level in each place."""
    return (np.arange(np.prod(shape)) * (levels // np.prod(shape))).reshape(shape)


def bmp_with_alpha(rgba):
    """A BMP of version 5, which Pillow does not write: blue, green, red and alpha, from the last row to the first."""
    height, width = rgba.shape[:2]
    size = struct.pack("<IiiHHIIiiII", 124, width, height, 1, 32, 3, 4 * width * height, 2835, 2835, 0, 0)
    header = (size + struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)).ljust(124, b"\0")
    pixels = rgba[::-1, :, [2, 1, 0, 3]].tobytes()
    return b"BM" + struct.pack("<IHHI", 138 + len(pixels), 0, 0, 138) + header + pixels


def whole(path):
    """A picture's size, highest level and colours as levels."""
    picture = Picture(path)
    colours = picture.read_colours(Window(0, 0, picture.height, picture.width)) * picture.levels
    return picture, np.rint(colours).astype(int)


@pytest.mark.parametrize("name", ["in", "in.png", "in.heic"])
@pytest.mark.parametrize("kind", ["BMP", "PPM"])
def test_they_are_known_by_their_first_bytes(tmp_path, name, kind):
    rgb = gradient(4, 5, 3).astype(np.uint8)
    Image.fromarray(rgb).save(tmp_path / name, kind)
    assert pixel_count(tmp_path / name) == 20
    np.testing.assert_array_equal(whole(tmp_path / name)[1], rgb)


def test_another_picture_with_their_suffix_is_read_as_what_it_is(tmp_path):
    rgb = gradient(4, 5, 3).astype(np.uint8)
    Image.fromarray(rgb).save(tmp_path / "in.bmp", "PNG")
    assert reader_of(tmp_path / "in.bmp") is None
    np.testing.assert_array_equal(whole(tmp_path / "in.bmp")[1], rgb)


@pytest.mark.parametrize("most", [65535, 1023, 300])
def test_sixteen_bits_of_a_pgm_stay_sixteen(tmp_path, most):
    grey = gradient(4, 5, levels=most + 1)
    (tmp_path / "in.pgm").write_bytes(b"P5 5 4 %d\n" % most + grey.astype(">u2").tobytes())
    picture, colours = whole(tmp_path / "in.pgm")
    assert (picture.grey, picture.levels) == (True, 65535)
    np.testing.assert_allclose(colours[..., 0], grey * 65535 / most, atol=1)
    Enlarger(SHIPPED / SRRESNET).enlarge(tmp_path / "in.pgm", tmp_path / "out.png")
    assert (tmp_path / "out.png").read_bytes()[24] == 16


def test_sixteen_bits_of_colour_in_a_ppm_become_eight(tmp_path):
    rgb = gradient(4, 5, 3, levels=65536)
    (tmp_path / "in.ppm").write_bytes(b"P6 5 4 65535\n" + rgb.astype(">u2").tobytes())
    picture, colours = whole(tmp_path / "in.ppm")
    assert (picture.grey, picture.levels) == (False, 255)
    np.testing.assert_allclose(colours, rgb / 257, atol=1)


@pytest.mark.parametrize(
    ("kind", "text"), [("pbm", b"P1\n# a comment\n3 2\n1 0 1 011\n"), ("pgm", b"P2 3 2 1 0 1 0 1 0 0")]
)
def test_plain_text_and_one_bit(tmp_path, kind, text):
    (tmp_path / f"in.{kind}").write_bytes(text)
    picture, colours = whole(tmp_path / f"in.{kind}")
    assert (picture.grey, picture.levels) == (True, 255)
    np.testing.assert_array_equal(colours[..., 0], [[0, 255, 0], [255, 0, 0]])


def test_the_alpha_of_a_bmp_is_kept(tmp_path):
    rgba = gradient(4, 5, 4).astype(np.uint8)
    (tmp_path / "in.bmp").write_bytes(bmp_with_alpha(rgba))
    picture, colours = whole(tmp_path / "in.bmp")
    shown = rgba[..., 3] > 0
    np.testing.assert_array_equal(colours[shown], rgba[..., :3][shown])
    alpha = picture.read_alpha(Window(0, 0, 4, 5))[..., 0] * 255
    np.testing.assert_array_equal(np.rint(alpha), rgba[..., 3])
    Enlarger(SHIPPED / SRRESNET).enlarge(tmp_path / "in.bmp", tmp_path / "out.png")
    assert Image.open(tmp_path / "out.png").mode == "RGBA"


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_bmps_of_all_depths(tmp_path, mode):
    picture = Image.fromarray(enlarge(gradient(4, 5, 3).astype(np.uint8), 4)).convert(mode)
    picture.save(tmp_path / "in.bmp")
    expected = np.asarray(picture.convert("RGB"))
    read, colours = whole(tmp_path / "in.bmp")
    assert read.grey == (mode in "1L")
    np.testing.assert_array_equal(colours, expected)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_heic_with_alpha_and_grey(tmp_path, mode):
    picture = Image.fromarray(np.full((64, 64, 3), 99, np.uint8)).convert(mode)
    pillow_heif.from_pillow(picture).save(tmp_path / "in", quality=-1)
    assert pixel_count(tmp_path / "in") == 64 * 64
    assert np.abs(whole(tmp_path / "in")[1] - 99).max() <= 2


@pytest.mark.parametrize("kind", ["BMP", "PPM"])
def test_a_bmp_that_would_fill_the_memory_is_a_sentence(tmp_path, monkeypatch, kind):
    Image.fromarray(gradient(4, 5, 3).astype(np.uint8)).save(tmp_path / "in", kind)
    monkeypatch.setattr(readers, "MOST_IN_MEMORY", 19)
    with pytest.raises(
        UserError, match=rf"in: 5 x 4 is more than .* and a {kind} is read as a whole; save it as PNG or"
    ):
        Picture(tmp_path / "in")


def test_pixels_are_counted_without_decoding_them(tmp_path):
    (tmp_path / "in.bmp").write_bytes(bmp_with_alpha(gradient(4, 5, 4).astype(np.uint8))[:140])
    (tmp_path / "in.ppm").write_bytes(b"P6 5 4 255\n")
    for name in ("in.bmp", "in.ppm"):
        assert pixel_count(tmp_path / name) == 20
        with pytest.raises(UserError, match=rf"{name}: not a picture that can be read"):
            Picture(tmp_path / name)


@pytest.mark.parametrize("data", [b"BM", b"BMnot really", b"P6", b"P6 five", b"P5 0 0 255\n", b"\0\0\0\x18ftypheic"])
def test_what_only_begins_like_one_is_refused(tmp_path, data):
    (tmp_path / "in").write_bytes(data)
    assert pixel_count(tmp_path / "in") == 0
    with pytest.raises(UserError, match="in: not a picture that can be read"):
        Picture(tmp_path / "in")


@pytest.mark.parametrize("brand", [b"mif1", b"heic", b"heix"])
def test_a_heic_is_known_by_any_of_its_brands(tmp_path, brand):
    """Nokia's have mif1 first, and heic among those that they are compatible with."""
    picture = Image.fromarray(np.full((64, 64, 3), 99, np.uint8))
    pillow_heif.from_pillow(picture).save(tmp_path / "in.heic", quality=-1)
    data = (tmp_path / "in.heic").read_bytes()
    assert b"heic" in data[16:64]
    (tmp_path / "in.heic").write_bytes(data[:8] + brand + data[12:])
    assert np.abs(whole(tmp_path / "in.heic")[1] - 99).max() <= 2


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_of_an_animated_avif_the_first_frame_is_read(tmp_path, mode):
    frames = [Image.new("RGB", (24, 16), colour) for colour in ("red", "blue", "green")]
    frames[0].convert(mode).save(tmp_path / "a.avif", save_all=True, append_images=frames[1:], quality=100)
    picture, colours = whole(tmp_path / "a.avif")
    assert (picture.width, picture.height, picture.pages) == (24, 16, 3)
    assert np.abs(colours - np.asarray(frames[0].convert(mode).convert("RGB"))).max() <= 3
    assert pixel_count(tmp_path / "a.avif") == 24 * 16


def test_of_a_heic_with_several_pictures_their_number_is_known(tmp_path):
    file = pillow_heif.HeifFile()
    for level in (10, 200):
        file.add_from_pillow(Image.new("RGB", (24, 16), (level, level, level)))
    file.save(tmp_path / "two.heic", quality=-1, primary_index=1)
    picture, colours = whole(tmp_path / "two.heic")
    assert picture.pages == 2
    assert np.abs(colours - 200).max() <= 2, "the primary picture"


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "1", "P"])
def test_a_picture_of_one_pixel(tmp_path, mode):
    Image.new("RGBA", (1, 1), (99, 99, 99, 128)).convert(mode).save(tmp_path / "one.png")
    picture = Picture(tmp_path / "one.png")
    assert picture.read_colours(Window(0, 0, 1, 1)).shape == (1, 1, 3)
    assert (picture.alpha is None) == (mode in ("L", "RGB", "1"))
    if picture.alpha:
        assert picture.read_alpha(Window(0, 0, 1, 1)) == pytest.approx(128 / 255)
