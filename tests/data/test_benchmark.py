"""The benchmark sets; a benchmark photograph and its reduction."""

import shutil

import numpy as np
import pytest
from PIL import Image
from skimage.data import camera, chelsea

from srgan.data.benchmark import benchmark_hr, benchmark_pair, benchmark_sets, is_degraded, stored_lr
from srgan.data.images import write_png
from srgan.data.resize import shrink
from srgan.errors import UserError
from srgan.sources.degraded import STEPS


@pytest.fixture
def photo(tmp_path):
    """A function that writes a photograph."""

    def write(pixels, benchmark="mine"):
        (tmp_path / benchmark).mkdir(exist_ok=True)
        Image.fromarray(pixels).save(tmp_path / benchmark / "photo.png")
        return tmp_path / benchmark / "photo.png"

    return write


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
@pytest.mark.parametrize("pixels", [chelsea()[:141, :203], camera()[:141, :203]], ids=["colour", "grey"])
def test_cropped_to_a_multiple_of_the_scale_and_shrunk(photo, pixels, scale):
    hr, lr = benchmark_pair(photo(pixels), scale, 10**6)
    height, width = 141 // scale * scale, 203 // scale * scale
    np.testing.assert_array_equal(hr, pixels[:height, :width])
    np.testing.assert_array_equal(lr, shrink(pixels[:height, :width], scale))


def test_a_degraded_set_s_lr_is_read(photo):
    path, worse = photo(chelsea()[:141, :203], "mine+noise3"), chelsea()[100:135, 100:150]
    write_png(stored_lr(path), worse)
    hr, lr = benchmark_pair(path, 4, 10**6)
    np.testing.assert_array_equal(hr, chelsea()[:140, :200])
    np.testing.assert_array_equal(lr, worse)


def test_a_degraded_set_s_lr_of_another_scale_or_none(photo):
    path = photo(chelsea()[:144, :200], "mine+jpeg60")
    write_png(stored_lr(path), chelsea()[:36, :50])
    with pytest.raises(
        UserError, match=r"photo\.png: 50x36 pixels are not photo\.png shrunk by 2.*dvc repro -f download"
    ):
        benchmark_pair(path, 2, 10**6)
    stored_lr(path).unlink()
    for _ in range(2):
        with pytest.raises(UserError, match=r"\.lr/photo\.png: the degraded input of photo\.png is not there; run"):
            benchmark_pair(path, 4, 10**6)
        shutil.rmtree(stored_lr(path).parent, ignore_errors=True)  # nor is it a clean set without the whole folder


@pytest.mark.parametrize("example", [example for *_, example in STEPS.values()])
def test_degraded_sets_are_known_by_their_names(example):
    assert is_degraded(f"set5+{example}")
    assert is_degraded(f"cats+dogs+{example}+{example}")
    assert not is_degraded(f"set5{example}")
    assert not is_degraded("set5+cats")


def test_a_picture_over_the_limit(photo):
    with pytest.raises(UserError, match=r"photo\.png.*max_pixels"):
        benchmark_hr(photo(chelsea()), 4, max_pixels=1000)


@pytest.mark.parametrize("scale", [2, 4, 8])
def test_sixteen_pixels_of_lr_are_the_least(photo, scale):
    side = 16 * scale
    assert benchmark_hr(photo(chelsea()[:side, : side + 1]), scale, 10**6).shape[:2] == (side, side)
    with pytest.raises(UserError, match=rf"{side}x{side - scale} pixels is too small .*at least {side}x{side}"):
        benchmark_hr(photo(chelsea()[: side - 1, :side]), scale, 10**6)


@pytest.mark.parametrize("grey", [False, True])
def test_a_degraded_set_s_lr_in_grey_of_a_photograph_in_colour_or_the_reverse(photo, grey):
    colour = chelsea()[:144, :200]
    path = photo(colour[..., 1] if grey else colour, "mine+blur1.2")
    write_png(stored_lr(path), colour[:36, :50] if grey else colour[:36, :50, 1])
    with pytest.raises(UserError, match=r"not photo\.png shrunk by 4"):
        benchmark_pair(path, 4, 10**6)


def test_no_sets(tmp_path):
    with pytest.raises(UserError, match=r"benchmarks.*dvc repro download"):
        benchmark_sets(tmp_path / "benchmarks")


def test_an_empty_set(tmp_path):
    (tmp_path / "set5").mkdir()
    with pytest.raises(UserError, match=r"set5.*no photograph"):
        benchmark_sets(tmp_path)


def test_two_pictures_of_one_name(tmp_path):
    (tmp_path / "set5").mkdir()
    for suffix in ("bmp", "png"):
        Image.new("RGB", (8, 8)).save(tmp_path / "set5" / f"baby.{suffix}")
    with pytest.raises(UserError, match=r"baby\.png.*baby\.bmp"):
        benchmark_sets(tmp_path)


def test_sets_are_in_the_order_of_the_settings(tmp_path):
    for name in ("a", "b", "c", "d"):
        (tmp_path / name).mkdir()
        Image.new("RGB", (8, 8)).save(tmp_path / name / "1.png")
    assert list(benchmark_sets(tmp_path, ["d", "b"])) == ["d", "b", "a", "c"]
