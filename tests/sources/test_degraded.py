"""Degraded benchmark sets: their names, and each step against its definition."""

import hashlib
import io

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter
from skimage.data import camera, chelsea

from srgan.data.resize import shrink
from srgan.errors import UserError
from srgan.sources.degraded import Step, add_noise, blur, compress, degrade, parse

PICTURES = {"colour": chelsea()[:144, :200], "grey": camera()[:144, :200]}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("bsd100", ("bsd100", ())),
        ("bsd100+jpeg60", ("bsd100", (Step("jpeg", 60),))),
        ("bsd100+noise10+jpeg75", ("bsd100", (Step("noise", 10), Step("jpeg", 75)))),
        ("../my photos/a+blur1.2+jpeg100", ("../my photos/a", (Step("blur", 1.2), Step("jpeg", 100)))),
        ("set5+blur1+blur2+noise0.5", ("set5", (Step("blur", 1), Step("blur", 2), Step("noise", 0.5)))),
    ],
)
def test_names(name, expected):
    assert parse(name) == expected


def test_a_folder_with_a_plus_in_its_name():
    folders = {"cats+dogs", "cats"}
    assert parse("cats+dogs", folders.__contains__) == ("cats+dogs", ())
    assert parse("cats+dogs+jpeg60", folders.__contains__) == ("cats+dogs", (Step("jpeg", 60),))
    assert parse("cats+jpeg60", folders.__contains__) == ("cats", (Step("jpeg", 60),))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("set5+jpg60", r"'jpg60' is not a step.*did you mean jpeg60\?"),
        ("set5+JPG60", r"did you mean jpeg60\?"),
        ("+jpeg60", r"'\+jpeg60' names no set before its first plus, as sample\+jpeg60 does"),
        ("set5+blur", r"as in blur1\.2"),
        ("set5+nois5", r"did you mean noise5\?"),
        ("set5+fog", r"'fog' is not a step.*steps are blur, noise, jpeg with a number"),
        ("set5+", r"'' is not a step"),
        ("set5+jpeg", r"'set5\+jpeg', jpeg needs a number from 1 to 100 \(quality, a whole number\), as in jpeg75"),
        ("set5+jpeg0", "jpeg needs a number from 1 to 100"),
        ("set5+jpeg101", "jpeg needs a number from 1 to 100"),
        ("set5+jpeg60.5", "a whole number"),
        ("set5+blur0", r"blur needs a number from 0\.1 to 20 \(HR pixels\)"),
        ("set5+noise1e3", r"noise needs a number from 0\.1 to 100 \(levels\)"),
        ("set5+noise-5", "noise needs a number"),
        ("set5+jpeg60+blur1", r"blur comes after jpeg.*put blur first"),
        ("set5+noise٣", "noise needs a number"),
    ],
)
def test_names_with_a_mistake(name, message):
    with pytest.raises(UserError, match=message):
        parse(name)


@pytest.mark.parametrize("kind", PICTURES)
@pytest.mark.parametrize("sigma", [0.3, 1.2, 4.0])
def test_blur_is_scipy_s(kind, sigma):
    picture = PICTURES[kind]
    sigmas = (sigma, sigma, 0)[: picture.ndim]
    expected = gaussian_filter(picture.astype(float), sigmas, mode="reflect", truncate=4)
    found = blur(picture, sigma)
    assert found.dtype == np.uint8
    assert abs(found - expected).max() < 0.51  # rounded once, to whole levels


@pytest.mark.parametrize("sigma", [1.0, 2.5])
def test_a_blurred_point_has_the_variance_of_the_kernel(sigma):
    point = np.zeros((61, 61), np.uint8)
    point[20:41, 20:41] = 255  # of its own variance (21^2 - 1) / 12
    found = blur(point, sigma).astype(float)
    place = np.arange(61) - 30
    for axis in (0, 1):
        profile = found.sum(axis=axis)
        assert (profile * place**2).sum() / profile.sum() == pytest.approx(sigma**2 + (21**2 - 1) / 12, rel=0.005)


@pytest.mark.parametrize("sigma", [1.0, 10.0, 25.0])
def test_noise_has_its_variance_and_channels_of_its_own(sigma):
    flat = np.full((200, 200, 3), 127, np.uint8)
    noise = add_noise(flat, sigma, "a/1/0").astype(float) - 127
    assert noise.mean() == pytest.approx(0, abs=0.02 * sigma)
    assert noise.var() == pytest.approx(sigma**2 + 1 / 12, rel=0.02)  # and that of rounding
    assert abs(np.corrcoef(noise.reshape(-1, 3).T)[np.triu_indices(3, 1)]).max() < 0.02


@pytest.mark.parametrize("kind", PICTURES)
@pytest.mark.parametrize("quality", [10, 60, 95])
def test_jpeg_is_pillow_s_by_default(kind, quality):
    file = io.BytesIO()
    Image.fromarray(PICTURES[kind]).save(file, "JPEG", quality=quality)
    np.testing.assert_array_equal(compress(PICTURES[kind], quality), np.asarray(Image.open(file)))


@pytest.mark.parametrize("kind", PICTURES)
def test_steps_come_in_their_order(kind):
    hr, seed = PICTURES[kind], "set5/baby"
    steps = {name: parse(f"set5{name}")[1] for name in ("", "+blur1.2", "+noise10+jpeg75", "+jpeg75+noise10")}
    made = {name: degrade(hr, each, 4, seed) for name, each in steps.items()}
    np.testing.assert_array_equal(made[""], shrink(hr, 4))
    np.testing.assert_array_equal(made["+blur1.2"], shrink(blur(hr, 1.2), 4))
    noisy = add_noise(shrink(hr, 4), 10, f"{seed}/0")
    np.testing.assert_array_equal(made["+noise10+jpeg75"], compress(noisy, 75))
    np.testing.assert_array_equal(made["+jpeg75+noise10"], add_noise(compress(shrink(hr, 4), 75), 10, f"{seed}/1"))


def test_noise_is_another_for_each_picture():
    hr, steps = PICTURES["colour"], parse("set5+noise10")[1]
    assert (degrade(hr, steps, 4, "set5/baby") != degrade(hr, steps, 4, "set5/bird")).mean() > 0.5


def test_the_same_name_gives_the_same_bytes_everywhere():
    """The digest of the pixels from the machine on which this was written."""
    made = degrade(PICTURES["colour"], parse("set5+blur1.2+noise10+jpeg75")[1], 4, "set5/baby")
    assert (
        hashlib.sha256(made.tobytes()).hexdigest() == "c79070e0596ceb1afdb1c3401ebfc404473e639b14ffbbf44e6c8e80c7831aae"
    )
