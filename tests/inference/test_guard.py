"""Small files that unfold to any size, and files that are no photographs."""

import struct
import subprocess
import sys
import zlib

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from srgan.errors import UserError
from srgan.inference import guard
from srgan.inference.guard import refuse_large


def png(width, height):
    """A PNG of some bytes that says it has this size."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(99))) + chunk(b"IEND", b"")
    )


def bmp(width, height):
    """The same of a BMP."""
    return b"BM" + struct.pack("<IHHI", 60, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, *[0] * 6)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("bomb.png", png(40_000, 40_000)),
        ("bomb", png(40_000, 40_000)),
        ("bomb.bmp", bmp(10_000, 10_000)),
        ("bomb.bmp", bmp(20_000, 20_000)),
        ("bomb.ppm", b"P6 4001 4000 255\n"),
        ("bomb.ppm", png(4001, 4000)),  # of which Pillow sees by its contents what it is
    ],
)
def test_too_many_pixels_are_refused_by_the_header(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UserError, match="more than 16 million pixels; send a smaller picture, or enlarge it with `srg"):
        refuse_large(tmp_path / name)


def test_too_many_pixels_of_an_iphone_are_refused_before_they_are_decoded(tmp_path, monkeypatch):
    pillow_heif.from_bytes("RGB", (64, 64), bytes(3 * 64 * 64)).save(tmp_path / "bomb.heic")
    monkeypatch.setattr(guard, "MOST_PIXELS", 64 * 64 - 1)
    monkeypatch.setattr(pillow_heif.HeifImage, "__array_interface__", property(lambda _: pytest.fail("decoded")))
    with pytest.raises(UserError, match="more than"):
        refuse_large(tmp_path / "bomb.heic")


@pytest.mark.parametrize("data", [png(4000, 4000), b"no picture", b"", b"\0\0\0\x18ftypheic"])
@pytest.mark.parametrize("suffix", [".png", ".bmp"])
def test_all_else_passes(tmp_path, data, suffix):
    (tmp_path / f"file{suffix}").write_bytes(data)
    refuse_large(tmp_path / f"file{suffix}")


def test_libvips_reads_photographs_and_nothing_else(repository, tmp_path):
    for suffix in ("png", "jpg", "tif", "webp", "gif", "avif"):
        Image.fromarray(np.full((9, 9, 3), 99, np.uint8)).save(tmp_path / f"sound.{suffix}")
    (tmp_path / "drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>")
    (tmp_path / "numbers.csv").write_text("1,2\n3,4\n")
    code = (
        "import sys, pyvips; from srgan.inference.guard import block_other_readers; block_other_readers()\n"
        "for name in sys.argv[1:]:\n"
        "    try: print(name.rpartition('.')[2], pyvips.Image.new_from_file(name).width)\n"
        "    except pyvips.Error as error: print(name.rpartition('.')[2], 'blocked')\n"
    )
    names = sorted(map(str, tmp_path.iterdir()))
    done = subprocess.run(
        [sys.executable, "-c", code, *names], cwd=repository, capture_output=True, text=True, check=True
    )
    expected = {"svg": "blocked", "csv": "blocked"} | dict.fromkeys(("png", "jpg", "tif", "webp", "gif", "avif"), "9")
    assert dict(line.split() for line in done.stdout.splitlines()) == expected
