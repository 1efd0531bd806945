"""What cannot be enlarged or written is refused with a sentence that says why, and leaves nothing."""

import numpy as np
import pytest
import tifffile
from PIL import Image

from srgan.errors import UnwritableError, UserError
from srgan.inference.enlarger import Enlarger
from srgan.models.generator import build_generator
from srgan.models.weights import save_networks
from tests.pictures import smooth


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"in\.png: the file is empty"),
        (b"not a picture", r"in\.png: not a picture; it must be PNG, JPEG"),
        (b"P5 not really", r"in\.png: not a picture"),
    ],
)
def test_what_is_no_picture_is_refused_and_leaves_nothing(enlarger, tmp_path, content, message):
    source = tmp_path / "in.png"
    source.write_bytes(content)
    with pytest.raises(UserError, match=message):
        enlarger.enlarge(source, tmp_path / "out.png")
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp"])
def test_a_picture_cut_short_is_refused_and_leaves_nothing(enlarger, tmp_path, suffix):
    source = tmp_path / f"in.{suffix}"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)).save(source)
    source.write_bytes(source.read_bytes()[: source.stat().st_size * 2 // 3])
    with pytest.raises(UserError, match=rf"in\.{suffix}: "):
        enlarger.enlarge(source, tmp_path / "out.png")
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize(
    ("suffix", "options", "message"),
    [
        ("jpg", {}, r"\(VipsJpeg: premature end of JPEG image\)"),
        ("jpg", {"progressive": True}, r"\(VipsJpeg: premature end of JPEG image\)"),
        ("png", {}, r"\(vipspng: libpng read error\)"),
        ("tif", {}, r"\(tiff2vips: Read error at scanline \d+; .*\)"),
        ("avif", {}, r"\(heif: Invalid input: Unexpected end of file: .*\)"),
        ("gif", {}, r"\(gifload: Unexpected end of GIF source data\)"),
    ],
)
def test_of_a_picture_cut_short_the_reason_is_told(enlarger, tmp_path, suffix, options, message):
    """libvips ends its text with "load error", which says nothing."""
    source = tmp_path / f"in.{suffix}"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)).save(source, **options)
    source.write_bytes(source.read_bytes()[: source.stat().st_size * 2 // 3])
    with pytest.raises(UserError, match=message):
        enlarger.enlarge(source, tmp_path / "out.png")


def test_a_picture_with_alpha_cut_short_is_refused_and_leaves_nothing(enlarger, tmp_path):
    """Whether alpha hides anything is asked of the pixels, before the first tile is."""
    source = tmp_path / "in.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 4), np.uint8)).save(source)
    source.write_bytes(source.read_bytes()[: source.stat().st_size * 2 // 3])
    with pytest.raises(UserError, match=r"in\.png: damaged or cut short"):
        enlarger.enlarge(source, tmp_path / "out.png")
    assert list(tmp_path.iterdir()) == [source]


def test_a_full_disk_is_a_sentence_before_the_first_tile(enlarger, tmp_path, disk):
    """A mapped file of which the disk has no more room would end the process without a word."""
    place = disk("size=64k")
    Image.fromarray(smooth(64, 64, 3)).save(tmp_path / "in.png")  # 256 x 256 x 3 bytes when enlarged
    with pytest.raises(UnwritableError, match=r"out\.png: cannot be written \(No space left on device\)"):
        enlarger.enlarge(tmp_path / "in.png", place / "out.png")
    assert list(place.iterdir()) == []


def test_a_file_where_the_folder_should_be_is_a_sentence(enlarger, tmp_path):
    Image.fromarray(smooth(5, 6, 3)).save(tmp_path / "in.png")
    (tmp_path / "file").touch()
    with pytest.raises(UnwritableError, match=r"out\.png: cannot be written"):
        enlarger.enlarge(tmp_path / "in.png", tmp_path / "file/out.png")


def test_a_network_that_gives_no_numbers_is_named_with_the_picture(tmp_path):
    Image.fromarray(smooth(20, 30, 3)).save(tmp_path / "in.png")
    spec = {"scale": 4, "blocks": 1, "filters": 8, "norm": "batch", "skip": "none"}
    generator = build_generator(**spec)
    generator.get_layer("last").bias.assign([np.nan, 0, 0])
    save_networks(tmp_path / "network", {"generator": generator}, {"generator": spec})
    enlarger = Enlarger(tmp_path / "network")
    with pytest.raises(UserError, match=r"in\.png: .*not numbers.*the network is damaged"):
        enlarger.enlarge(tmp_path / "in.png", tmp_path / "out.png")


def test_floating_point_pixels_are_refused(enlarger, tmp_path):
    tifffile.imwrite(tmp_path / "in.tif", np.zeros((8, 8), np.float32))
    with pytest.raises(UserError, match="pixels of the type float; save it with 8 or 16 bits"):
        enlarger.enlarge(tmp_path / "in.tif", tmp_path / "out.png")
