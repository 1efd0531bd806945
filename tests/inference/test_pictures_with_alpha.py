"""Pictures with alpha: what it hides shows nowhere, and it is enlarged itself."""

import numpy as np
import tifffile
from PIL import Image

from srgan.data.resize import enlarge
from tests.pictures import near, smooth


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


def test_cmyk_with_alpha(enlarged):
    pixels = np.zeros((20, 20, 5), np.uint8)
    pixels[:, 10:] = (0, 255, 255, 0, 255)  # red ink, and nothing beside it
    out = enlarged(
        "in.tif", lambda path: tifffile.imwrite(path, pixels, photometric="separated", planarconfig="contig"), "out.png"
    )
    red, green, blue, alpha = np.asarray(Image.open(out))[40, 72].astype(int)
    assert (red > 200, max(green, blue) < 80, alpha) == (True, True, 255)
