"""Every kind of file a photo collection holds, read as it is meant to be seen or refused with a sentence."""

import struct
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pillow_heif
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from srgan.data.images import from_signed, read_image, to_rgb, to_signed, to_unit, write_png
from srgan.errors import UserError

RGB = np.arange(6 * 5 * 3, dtype=np.uint8).reshape(6, 5, 3) * 2
GREY = RGB[..., 0].copy()


def save(path, array, mode=None, **options):
    image = Image.fromarray(array) if mode is None else Image.fromarray(array).convert(mode)
    image.save(path, **options)
    return path


def png(path, colour_type, depth, rows, extra=b""):
    """A PNG file put together chunk by chunk, for kinds that Pillow reads but does not write."""
    height, width = len(rows), len(rows[0]) // {0: 1, 2: 3, 4: 2, 6: 4}[colour_type]

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    body = b"".join(b"\0" + np.asarray(row, dtype=">u2" if depth == 16 else "u1").tobytes() for row in rows)
    chunks = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)
    return path


@pytest.mark.parametrize("suffix", [".png", ".tif", ".bmp", ".ppm"])
def test_colour_and_grey_files_are_read_as_they_are(tmp_path, suffix):
    np.testing.assert_array_equal(read_image(save(tmp_path / f"rgb{suffix}", RGB)), RGB)
    np.testing.assert_array_equal(read_image(save(tmp_path / f"grey{suffix}", GREY)), GREY)


@pytest.mark.parametrize("suffix", [".heic", ".avif"])
def test_the_formats_of_phones(tmp_path, suffix):
    """Photographs as iPhones and Android store them, grey ones and those with alpha too; and 12 bits a channel."""
    smooth = np.linspace((20, 60, 200), (240, 90, 30), 48).astype(np.uint8)[:, np.newaxis].repeat(64, axis=1)
    for mode in ("RGB", "L", "RGBA"):
        seen = read_image(save(tmp_path / f"{mode}{suffix}", smooth, mode, quality=95))
        assert seen.shape == (smooth.shape[:2] if mode == "L" else smooth.shape)
        assert np.abs(seen.astype(int) - np.asarray(Image.fromarray(smooth).convert(mode[:3]))).mean() < 2
    deep = pillow_heif.from_bytes("RGB;16", (64, 48), (smooth.astype(np.uint16) * 257).tobytes())
    deep.save(tmp_path / "deep.heic", quality=95)
    assert np.abs(read_image(tmp_path / "deep.heic").astype(int) - smooth).mean() < 2


def test_jpeg_in_all_its_colour_spaces(tmp_path):
    flat = np.full((16, 16, 3), (200, 120, 40), np.uint8)
    for mode in ("RGB", "CMYK"):
        seen = read_image(save(tmp_path / f"{mode}.jpg", flat, mode, quality=100))
        assert seen.shape == (16, 16, 3)
        assert np.abs(seen.astype(int) - flat).max() <= 3
    assert read_image(save(tmp_path / "grey.jpg", flat[..., 0])).shape == (16, 16)


def test_palette_becomes_rgb_and_its_transparent_entry_white(tmp_path):
    indices = np.array([[0, 1], [2, 0]], np.uint8)
    image = Image.fromarray(indices).convert("P")
    image.putpalette([10, 20, 30, 200, 100, 50, 1, 2, 3])
    image.save(tmp_path / "opaque.png")
    image.save(tmp_path / "clear.png", transparency=1)
    colours = np.array([[10, 20, 30], [200, 100, 50], [1, 2, 3]], np.uint8)
    np.testing.assert_array_equal(read_image(tmp_path / "opaque.png"), colours[indices])
    colours[1] = 255
    np.testing.assert_array_equal(read_image(tmp_path / "clear.png"), colours[indices])


def test_alpha_is_laid_on_white(tmp_path):
    alpha = np.linspace(0, 255, GREY.size).astype(np.uint8).reshape(GREY.shape)
    seen = read_image(save(tmp_path / "rgba.png", np.dstack([RGB, alpha])))
    weight = alpha[..., None] / 255
    np.testing.assert_array_equal(seen, np.rint(RGB * weight + 255 * (1 - weight)))
    seen = read_image(save(tmp_path / "la.png", np.dstack([GREY, alpha])))
    assert seen.shape == GREY.shape, "grey with alpha stays single-channel"
    np.testing.assert_array_equal(seen, np.rint(GREY * weight[..., 0] + 255 * (1 - weight[..., 0])))


def test_one_bit_becomes_black_and_white(tmp_path):
    bits = np.array([[True, False], [False, True]])
    np.testing.assert_array_equal(read_image(save(tmp_path / "bits.png", bits)), np.where(bits, 255, 0))


def test_sixteen_bit_grey_is_rounded_to_eight(tmp_path):
    levels = np.append(np.arange(0, 65535, 97), 65535)[:676].reshape(26, 26)
    levels[0, :4] = 0, 128, 129, 65535
    expected = np.rint(levels / 257)
    for name in ("grey.png", "grey.tif"):
        np.testing.assert_array_equal(read_image(save(tmp_path / name, levels.astype(np.uint16))), expected)
    wide = save(tmp_path / "wide.tif", levels.astype(np.int32))
    np.testing.assert_array_equal(read_image(wide), expected)
    big_endian = tmp_path / "grey.pgm"
    big_endian.write_bytes(b"P5 26 26 65535\n" + levels.astype(">u2").tobytes())
    np.testing.assert_array_equal(read_image(big_endian), expected)


def test_sixteen_bit_colour_and_alpha(tmp_path):
    colour = read_image(png(tmp_path / "rgb.png", 2, 16, [[0, 257 * 100, 65535, 257 * 7, 257 * 8, 257 * 9]]))
    np.testing.assert_array_equal(colour, [[[0, 100, 255], [7, 8, 9]]])
    grey = read_image(png(tmp_path / "la.png", 4, 16, [[257 * 100, 65535, 257 * 100, 0]]))
    np.testing.assert_array_equal(grey, [[100, 255]])


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_exif_orientation_is_undone(tmp_path, orientation, suffix):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = save(tmp_path / f"turned{suffix}", RGB, exif=exif)
    upright = ImageOps.exif_transpose(Image.open(path))
    seen = read_image(path)
    np.testing.assert_array_equal(seen, np.asarray(upright))
    assert seen.flags.c_contiguous
    assert seen.shape == ((6, 5, 3) if orientation <= 4 else (5, 6, 3))


def test_damaged_exif_does_not_cost_the_photo(tmp_path):
    Image.fromarray(RGB).save(tmp_path / "photo.png", exif=b"Exif\0\0nonsense")
    np.testing.assert_array_equal(read_image(tmp_path / "photo.png"), RGB)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("zero.png", b"", "empty"),
        ("text.png", b"this is not a picture\n", "not a picture in a known format"),
        ("drawing.png", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture in a known format"),
        ("header.png", b"\x89PNG\r\n\x1a\n", ""),
    ],
)
def test_what_is_no_picture_is_refused_by_name(tmp_path, name, content, reason):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=rf"{name}: .*{reason}") as caught:
        read_image(tmp_path / name)
    assert "\n" not in str(caught.value)
    assert "remove it" in str(caught.value), "says what to do"


def test_what_is_missing_or_a_folder_is_named(tmp_path):
    with pytest.raises(UserError, match=r"gone\.png: no such file"):
        read_image(tmp_path / "gone.png")
    with pytest.raises(UserError, match=r"cannot be opened"):
        read_image(tmp_path)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp", ".heic", ".avif", ".bmp", ".gif", ".ppm"])
def test_a_file_cut_short_is_never_taken_for_a_whole_one(tmp_path, suffix):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    whole = save(tmp_path / f"whole{suffix}", noise).read_bytes()
    path = tmp_path / f"cut{suffix}"
    for part in (0.02, 0.3, 0.6, 0.9):
        path.write_bytes(whole[: int(len(whole) * part)])
        with pytest.raises(UserError, match=rf"cut{suffix}: "):
            read_image(path)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp", ".heic", ".avif", ".bmp", ".gif", ".ppm"])
def test_damaged_bytes_give_a_picture_or_a_sentence(tmp_path, suffix):
    """Whatever the damage, no other exception comes out."""
    rng = np.random.default_rng(1)
    whole = save(tmp_path / f"whole{suffix}", RGB).read_bytes()
    path = tmp_path / f"damaged{suffix}"
    refusals = []
    for _ in range(150):
        damaged = bytearray(whole)
        for place in rng.integers(0, len(whole), 3):
            damaged[place] = rng.integers(0, 256)
        path.write_bytes(damaged)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                assert read_image(path, max_pixels=10_000).dtype == np.uint8
            except UserError as error:
                refusals.append(str(error))
    assert refusals
    assert all(path.name in refusal for refusal in refusals)


def test_pixel_limit_is_ours_alone_and_checked_before_decoding(tmp_path, monkeypatch):
    path = save(tmp_path / "photo.png", RGB)
    with pytest.raises(UserError, match=r"photo\.png: 5 x 6 is more than 29 pixels; shrink or remove it, or"):
        read_image(path, max_pixels=29)
    bomb = tmp_path / "bomb.png"  # 30,000 x 30,000 pixels with no data behind them
    png(bomb, 0, 8, [[0]])
    header = struct.pack(">4sIIBBBBB", b"IHDR", 30_000, 30_000, 8, 0, 0, 0, 0)
    bomb.write_bytes(bomb.read_bytes()[:12] + header + struct.pack(">I", zlib.crc32(header)) + bomb.read_bytes()[33:])
    with pytest.raises(UserError, match="30000 x 30000 is more than 200000000 pixels"):
        read_image(bomb)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)  # Pillow alone would refuse 30 pixels
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_image(path, max_pixels=30).shape == (6, 5, 3)
        with ThreadPoolExecutor(8) as pool:
            assert all(seen.shape == (6, 5, 3) for seen in pool.map(read_image, [path] * 64))
    assert Image.MAX_IMAGE_PIXELS == 10


def test_pixels_without_a_white_level_are_refused(tmp_path):
    with pytest.raises(UserError, match=r"float\.tif: floating-point"):
        read_image(save(tmp_path / "float.tif", GREY.astype(np.float32)))
    with pytest.raises(UserError, match=r"wide\.tif: levels outside"):
        read_image(save(tmp_path / "wide.tif", GREY.astype(np.int32) * 1000))


@pytest.mark.parametrize("image", [RGB, GREY, RGB[::2, ::-1]], ids=["rgb", "grey", "strided"])
def test_written_png_holds_the_pixels_and_is_byte_stable(tmp_path, image):
    write_png(tmp_path / "new" / "one.png", image)
    write_png(tmp_path / "two.png", image.copy())
    np.testing.assert_array_equal(read_image(tmp_path / "two.png"), image)
    assert (tmp_path / "new" / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    write_png(tmp_path / "photo.png", RGB)

    def fail(self, path, **options):
        path.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(Image.Image, "save", fail)
    with pytest.raises(UserError, match=r"photo\.png: cannot be written \(disk full\)"):
        write_png(tmp_path / "photo.png", GREY)
    assert [path.name for path in tmp_path.iterdir()] == ["photo.png"]
    np.testing.assert_array_equal(read_image(tmp_path / "photo.png"), RGB)


@pytest.mark.parametrize("image", [RGB.astype(np.float32), RGB[..., :2], RGB[0, 0]])
def test_only_pictures_are_written(tmp_path, image):
    with pytest.raises(ValueError, match="uint8"):
        write_png(tmp_path / "photo.png", image)


def test_grey_becomes_three_equal_channels():
    np.testing.assert_array_equal(to_rgb(GREY), np.stack([GREY] * 3, axis=-1))
    np.testing.assert_array_equal(to_rgb(GREY[..., None]), np.stack([GREY] * 3, axis=-1))
    assert to_rgb(RGB) is RGB


def test_ranges_are_exact_at_every_level():
    levels = np.arange(256, dtype=np.uint8)
    unit, signed = to_unit(levels), to_signed(levels)
    assert unit.dtype == signed.dtype == np.float32
    np.testing.assert_allclose(unit, levels / 255, atol=1e-7)
    np.testing.assert_allclose(signed, levels / 127.5 - 1, atol=1e-7)
    assert (unit[0], unit[-1], signed[0], signed[-1]) == (0, 1, -1, 1)
    np.testing.assert_array_equal(from_signed(signed), levels)


@given(st.floats(-3, 3, width=32))
def test_signed_values_are_clipped_and_rounded_to_the_nearest_level(value):
    exact = np.clip((value + 1) * 127.5, 0, 255)
    level = int(from_signed(np.array([value], np.float32))[0])
    assert abs(level - exact) <= 0.5 + 1e-4


def test_a_half_goes_to_the_even_level_and_nan_is_refused():
    np.testing.assert_array_equal(from_signed(np.array([-np.inf, 0.0, np.inf])), [0, 128, 255])  # 0.0 is 127.5
    with pytest.raises(ValueError, match="NaN"):
        from_signed(np.array([0.0, np.nan]))
