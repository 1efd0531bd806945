"""Pictures of every kind, enlarged by a network that is exactly bicubic and compared with other readers."""

import io

import numpy as np
import pytest
import pyvips
import tifffile
from PIL import Image, ImageCms

from srgan.data.resize import enlarge
from srgan.errors import UnwritableError, UserError
from srgan.inference.enlarger import Enlarger
from srgan.inference.pictures import Picture
from srgan.inference.shipped import SHIPPED, SRRESNET
from srgan.models.generator import build_generator
from srgan.models.weights import save_networks
from tests.pictures import smooth

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.fixture(scope="module")
def enlarger(tmp_path_factory):
    spec = {"scale": 4, "blocks": 1, "filters": 8, "norm": "batch", "skip": "bicubic"}
    folder = tmp_path_factory.mktemp("network") / "bicubic"
    save_networks(folder, {"generator": build_generator(**spec)}, {"generator": spec})
    return Enlarger(folder, tile=16)


@pytest.fixture
def enlarged(enlarger, tmp_path):
    def run(name, save, target="out.png"):
        source = tmp_path / name
        save(source)
        enlarger.enlarge(source, tmp_path / target)
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted({name, target})  # nothing left over
        return tmp_path / target

    return run


def near(picture, expected, levels=1):
    assert picture.shape == expected.shape
    assert np.abs(picture.astype(int) - expected.astype(int)).max() <= levels


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (21, 34)])
@pytest.mark.parametrize("suffix", ["png", "tif", "bmp", "ppm", "gif"])
def test_colour(enlarged, size, suffix):
    rgb = smooth(*size, 3)
    if suffix == "gif":
        rgb[:] = rgb[:1, :1]  # a palette of few colours
    out = Image.open(enlarged(f"in.{suffix}", lambda path: Image.fromarray(rgb).save(path)))
    assert out.mode == "RGB"
    near(np.asarray(out), enlarge(rgb, 4))


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
    import pyvips

    pyvips.Image.new_from_array(pixels, interpretation="grey16" if pixels.ndim == 2 else "rgb16").pngsave(str(path))


def _read_png16(path):
    """Pillow reads 16-bit grey PNG but no 16-bit colour; both are what the file's own header says."""
    import pyvips

    header = path.read_bytes()[:26]
    assert header[24] == 16
    return pyvips.Image.new_from_file(str(path)).numpy()


def test_sixteen_bits_into_a_format_without_them(enlarged):
    deep = smooth(20, 30, 3).astype(np.uint16) * 257
    out = Image.open(enlarged("in.tif", lambda path: tifffile.imwrite(path, deep), "out.webp"))
    assert np.abs(np.asarray(out).astype(int) - enlarge((deep // 257).astype(np.uint8), 4)).mean() < 4


def test_alpha_is_enlarged_and_hidden_colours_make_no_fringe(enlarged):
    """A red disc, and black where alpha hides it: on any ground the edge is between red and ground, never darker."""
    y, x = np.mgrid[:40, :40]
    disc = (y - 19.5) ** 2 + (x - 19.5) ** 2 < 14**2
    rgba = np.zeros((40, 40, 4), np.uint8)
    rgba[disc] = (255, 0, 0, 255)
    out = np.asarray(Image.open(enlarged("in.png", Image.fromarray(rgba).save)))
    near(out[..., 3], enlarge(rgba[..., 3], 4), 1)
    visible = out[..., 3] > 8
    assert out[visible][:, 0].min() >= 250
    assert out[visible][:, 1:3].max() <= 5


def test_alpha_that_hides_nothing_stays_full(enlarged):
    rgba = np.dstack([smooth(20, 30, 3), np.full((20, 30), 255, np.uint8)])
    out = Image.open(enlarged("in.png", Image.fromarray(rgba).save))
    assert out.mode == "RGBA"
    assert np.asarray(out)[..., 3].min() == 255
    near(np.asarray(out)[..., :3], enlarge(rgba[..., :3], 4))


def test_grey_with_alpha(enlarged):
    pixels = np.dstack([smooth(20, 30), smooth(20, 30, seed=1)])
    out = Image.open(enlarged("in.png", Image.fromarray(pixels, "LA").save))
    assert out.mode == "LA"
    near(np.asarray(out), enlarge(np.asarray(pixels), 4))


def test_alpha_into_jpeg_is_laid_on_white(enlarged):
    rgba = np.zeros((20, 30, 4), np.uint8)
    out = Image.open(enlarged("in.png", Image.fromarray(rgba).save, "out.jpg"))
    assert out.mode == "RGB"
    assert np.asarray(out).min() >= 253


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
    from PIL import ImageOps

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


def test_cmyk_with_alpha(enlarged):
    pixels = np.zeros((20, 20, 5), np.uint8)
    pixels[:, 10:] = (0, 255, 255, 0, 255)  # red ink, and nothing beside it
    out = enlarged(
        "in.tif", lambda path: tifffile.imwrite(path, pixels, photometric="separated", planarconfig="contig"), "out.png"
    )
    red, green, blue, alpha = np.asarray(Image.open(out))[40, 72].astype(int)
    assert (red > 200, max(green, blue) < 80, alpha) == (True, True, 255)


def test_tiles_are_refused_where_they_would_show(tmp_path):
    spec = {"scale": 4, "blocks": 1, "filters": 8, "norm": "layer", "skip": "none"}
    save_networks(tmp_path / "layer", {"generator": build_generator(**spec)}, {"generator": spec})
    with pytest.raises(UserError, match=r"--tile 64: .* whole picture"):
        Enlarger(tmp_path / "layer", tile=64)
    Image.fromarray(smooth(20, 30, 3)).save(tmp_path / "in.png")
    Enlarger(tmp_path / "layer").enlarge(tmp_path / "in.png", tmp_path / "out.png")
    assert Image.open(tmp_path / "out.png").size == (120, 80)


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


def test_of_an_android_phone_s_hdr_jpeg_the_picture_that_all_can_see(enlarger, tmp_path):
    """A JPEG with a gain map (Ultra HDR), which libvips would give to another reader."""
    rgb = enlarge(smooth(20, 28, 3), 2)
    bright = pyvips.Image.new_from_array(rgb).colourspace("scrgb") * 3
    bright.copy(interpretation="scrgb").cast("float").uhdrsave(str(tmp_path / "in.jpg"))
    assert b"urn:iso:std:iso:ts:21496" in (tmp_path / "in.jpg").read_bytes()
    enlarger.enlarge(tmp_path / "in.jpg", tmp_path / "out.png")
    expected = enlarge(np.asarray(Image.open(tmp_path / "in.jpg").convert("RGB")), 4)
    assert np.abs(np.asarray(Image.open(tmp_path / "out.png").convert("RGB")).astype(int) - expected).mean() < 3
