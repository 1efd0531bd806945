"""EXIF, XMP and IPTC through an enlargement, read back by Pillow."""

import numpy as np
import pytest
from PIL import Image, ImageOps, IptcImagePlugin

from srgan.inference.enlarger import Enlarger
from srgan.inference.metadata import XMP_ORIENTATION, bare_iptc, in_photoshop

XMP = b"""<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6" xmlns:dc="http://purl.org/dc/elements/1.1/"
dc:source="a roll of film"/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""
TITLE = b"\x1c\x02\x05\x00\x05title"  # IPTC: record 2, data set 5
IPTC = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00" + len(TITLE).to_bytes(4, "big") + TITLE
MAKER, COPYRIGHT, ORIENTATION, TAKEN = 0x010F, 0x8298, 0x0112, 0x9003


def test_an_orientation_that_xmp_has_alone_is_applied_as_pillow_does(bicubic, tmp_path):
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8))
    picture.save(tmp_path / "in.png")
    picture.save(tmp_path / "in.jpg", quality=95, xmp=XMP)
    Enlarger(bicubic).enlarge(tmp_path / "in.jpg", tmp_path / "out.jpg")
    assert ImageOps.exif_transpose(Image.open(tmp_path / "in.jpg")).size == (20, 30)
    result = Image.open(tmp_path / "out.jpg")
    assert result.size == (80, 120)
    assert b'tiff:Orientation="1"' in result.info["xmp"]


@pytest.fixture
def photo(tmp_path):
    """A camera's JPEG, held upright: it is stored 30 x 20 and seen 20 x 30."""
    exif = Image.Exif()
    exif[MAKER], exif[COPYRIGHT], exif[ORIENTATION] = "Maker", "Somebody", 6
    exif.get_ifd(0x8769)[TAKEN] = "2020:01:02 03:04:05"
    exif.get_ifd(0x8825)[1] = "N"
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8))
    picture.save(tmp_path / "in.jpg", exif=exif, xmp=XMP)
    jpeg = (tmp_path / "in.jpg").read_bytes()
    segment = b"\xff\xed" + (len(IPTC) + 2).to_bytes(2, "big") + IPTC
    (tmp_path / "in.jpg").write_bytes(jpeg[:2] + segment + jpeg[2:])
    assert IptcImagePlugin.getiptcinfo(Image.open(tmp_path / "in.jpg")) == {(2, 5): b"title"}
    return tmp_path / "in.jpg"


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif"])
def test_what_the_camera_wrote_is_kept_and_the_picture_is_upright(bicubic, photo, suffix):
    target = photo.with_name(f"out.{suffix}")
    Enlarger(bicubic).enlarge(photo, target)
    out = Image.open(target)
    assert out.size == (80, 120)
    exif = out.getexif()
    assert exif.get(ORIENTATION, 1) == 1
    if suffix != "tif":  # libvips has no EXIF in TIFF
        assert (exif[MAKER], exif[COPYRIGHT]) == ("Maker", "Somebody")
        assert exif.get_ifd(0x8769)[TAKEN] == "2020:01:02 03:04:05"
        assert exif.get_ifd(0x8825)[1] == "N"
    xmp = out.info.get("xmp") or out.info.get("XML:com.adobe.xmp", "").encode() or exif.get(700)
    assert b"a roll of film" in xmp
    assert b'tiff:Orientation="1"' in xmp
    if suffix in ("jpg", "tif"):  # PNG and WebP have no place for IPTC
        assert IptcImagePlugin.getiptcinfo(out)[2, 5] == b"title"


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif"])
def test_it_can_be_left_out(bicubic, photo, suffix):
    target = photo.with_name(f"out.{suffix}")
    Enlarger(bicubic, metadata=False).enlarge(photo, target)
    out = Image.open(target)
    assert out.size == (80, 120)
    assert not {"xmp", "XML:com.adobe.xmp", "photoshop"} & set(out.info)
    assert not {MAKER, COPYRIGHT, 700, 33723} & set(out.getexif())  # libvips' own are width, height and density
    for word in (b"Maker", b"Somebody", b"2020:01:02", b"roll of film", b"title"):
        assert word not in target.read_bytes()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'tiff:Orientation="6"', b'tiff:Orientation="1"'),
        (b"tiff:Orientation = '3'", b"tiff:Orientation = '1'"),
        (b"<tiff:Orientation>8</tiff:Orientation>", b"<tiff:Orientation>1</tiff:Orientation>"),
        (b'tiff:Orientation="1"', b'tiff:Orientation="1"'),
        (b'tiff:XResolution="6"', b'tiff:XResolution="6"'),
    ],
)
def test_xmp_s_own_note_of_the_orientation(before, after):
    assert XMP_ORIENTATION.sub(rb"\g<1>1", before) == after


def test_iptc_goes_between_jpeg_and_tiff_and_back(bicubic, photo):
    for source, target in (("in.jpg", "a.tif"), ("a.tif", "b.jpg")):
        Enlarger(bicubic).enlarge(photo.with_name(source), photo.with_name(target))
        assert IptcImagePlugin.getiptcinfo(Image.open(photo.with_name(target)))[2, 5] == b"title"


def test_iptc_among_other_resources_of_photoshop():
    other = b"8BIM\x03\xed\x04name\x00\x00\x00\x00\x03abc\x00"  # a name and data of odd lengths
    assert bare_iptc(b"Photoshop 3.0\x00" + other + in_photoshop(TITLE)[14:]) == TITLE
    assert bare_iptc(in_photoshop(TITLE + b"!")) == TITLE + b"!"
    assert bare_iptc(TITLE) == TITLE
    assert bare_iptc(b"Photoshop 3.0\x00" + other) == b""


def test_resources_of_photoshop_that_are_cut_anywhere():
    other = b"8BIM\x03\xed\x04name\x00\x00\x00\x00\x03abc\x00"
    whole = b"Photoshop 3.0\x00" + other + in_photoshop(TITLE)[14:]
    for end in range(14, len(whole)):
        assert bare_iptc(whole[:end]) == TITLE[: max(0, end - (len(whole) - len(TITLE)))]


@pytest.mark.parametrize("suffix", ["jpg", "tif"])
def test_a_picture_whose_resources_of_photoshop_are_cut_is_enlarged(bicubic, photo, suffix):
    segment = b"\xff\xed" + (14 + 4 + 2).to_bytes(2, "big") + b"Photoshop 3.0\x008BIM"
    jpeg = photo.read_bytes()
    photo.write_bytes(jpeg[:2] + segment + jpeg[2 + 4 + len(IPTC) :])
    Enlarger(bicubic).enlarge(photo, photo.with_name(f"out.{suffix}"))
    out = Image.open(photo.with_name(f"out.{suffix}"))
    assert out.size == (80, 120)
    assert IptcImagePlugin.getiptcinfo(out) is None
