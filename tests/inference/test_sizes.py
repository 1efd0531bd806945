"""Sizes that are asked for, and pictures shrunk to them exactly."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srgan.data.resize import enlarge, shrink
from srgan.errors import UserError
from srgan.inference.enlarger import Enlarger
from srgan.inference.sizes import Size


@pytest.mark.parametrize(
    ("size", "result"),
    [
        (Size(), (120, 160)),
        (Size(scale=2), (60, 80)),
        (Size(scale=1.33), (40, 53)),
        (Size(width=100), (75, 100)),
        (Size(height=100), (100, 133)),
        (Size(width=160, height=30), (30, 160)),
        (Size(width=1), (1, 1)),
    ],
)
def test_what_is_asked_for(size, result):
    assert size.of(Path("a.png"), 30, 40, 4) == result


@pytest.mark.parametrize("size", [Size(width=161), Size(height=121), Size(width=10, height=200), Size(scale=4.1)])
def test_more_than_the_network_gives_is_a_sentence(size):
    with pytest.raises(UserError, match=r"a\.png: .* is asked for, and the network makes 160 x 120 of its 40 x 30"):
        size.of(Path("a.png"), 30, 40, 4)


def test_a_scale_that_no_picture_can_have_is_refused_at_once(bicubic):
    with pytest.raises(UserError, match=r"5 times the size is asked for, and the network .* enlarges 4 times at most"):
        Enlarger(bicubic, size=Size(scale=5))


@pytest.mark.parametrize("levels", [255, 65535])
def test_half_is_matlab_s_bicubic_of_the_whole(bicubic, tmp_path, levels):
    """As srgan.data.resize shrinks the result without a size; in 16 bits there is less rounding."""
    import pyvips

    rgb = enlarge(np.random.default_rng(0).integers(40, 216, (12, 16, 3), np.uint8), 2)
    deep = pyvips.Image.new_from_array(rgb.astype(np.uint16) * 257, interpretation="rgb16")
    (deep if levels == 65535 else pyvips.Image.new_from_array(rgb)).pngsave(str(tmp_path / "in.png"))
    made = []
    for size in (Size(), Size(scale=2)):
        Enlarger(bicubic, size=size).enlarge(tmp_path / "in.png", tmp_path / "out.png")
        made.append(pyvips.Image.new_from_file(str(tmp_path / "out.png")).numpy() / (levels / 255))
    whole, half = made
    assert half.shape == (48, 64, 3)
    assert np.abs(half - shrink(whole.round().astype(np.uint8), 2)).max() <= (1 if levels == 255 else 1.5)


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA"])
def test_odd_sizes_of_every_kind(bicubic, tmp_path, mode):
    channels = len(mode)
    pixels = np.random.default_rng(0).integers(0, 256, (21, 34, channels), np.uint8).squeeze()
    Image.fromarray(pixels, mode).save(tmp_path / "in.png")
    Enlarger(bicubic, size=Size(width=77, height=50)).enlarge(tmp_path / "in.png", tmp_path / "out.png")
    out = Image.open(tmp_path / "out.png")
    assert (out.mode, out.size) == (mode, (77, 50))
