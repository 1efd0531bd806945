"""The bicubic against MATLAB's files, Pillow's kernel, and its definition in plain float64."""

import statistics
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image
from threadpoolctl import threadpool_limits

from srgan.data.images import read_image
from srgan.data.resize import _band, crop_to_multiple, enlarge, enlarge_weights, shrink, shrink_weights
from tests.published import FIGURES, digest, photographs

GOLDEN = Path(__file__).parents[1] / "golden"

scales = st.sampled_from([2, 3, 4, 8])
channels = st.sampled_from([(), (1,), (3,)])


def weights(size, ratio):
    """imresize's definition as one dense matrix (size * ratio, size): weight of each pixel, one output pixel a row."""
    outputs = round(size * ratio)
    stretch = min(ratio, 1)
    matrix = np.zeros((outputs, size))
    for i in range(outputs):
        centre = (i + 0.5) / ratio - 0.5
        reach = 2 / stretch
        for j in range(int(np.floor(centre - reach)), int(np.ceil(centre + reach)) + 1):
            x = abs(centre - j) * stretch
            near, far = 1.5 * x**3 - 2.5 * x**2 + 1, -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
            mirrored = j % (2 * size)
            matrix[i, min(mirrored, 2 * size - 1 - mirrored)] += near if x <= 1 else far if x <= 2 else 0
    return matrix / matrix.sum(axis=1, keepdims=True)


def by_definition(image, ratio):
    """Rows, then columns, each rounded half away from zero to 8 bits."""
    for axis in (0, 1):
        exact = np.moveaxis(np.tensordot(weights(image.shape[axis], ratio), image, (1, axis)), 0, axis)
        image = np.clip(np.floor(np.round(exact, 9) + 0.5), 0, 255).astype(np.uint8)
    return image


@st.composite
def pictures(draw, multiple=1, largest=24):
    height, width = (multiple * draw(st.integers(1, max(1, largest // multiple))) for _ in range(2))
    kinds = st.integers(0, 255) | st.sampled_from([0, 255])  # noise, and the black and white that overshoot
    return draw(hnp.arrays(np.uint8, (height, width, *draw(channels)), elements=kinds))


@given(st.data(), scales)
def test_shrinking_is_its_definition(data, scale):
    image = data.draw(pictures(multiple=scale))
    np.testing.assert_array_equal(shrink(image, scale), by_definition(image, 1 / scale))


@given(pictures(), scales)
def test_enlarging_is_its_definition(image, scale):
    np.testing.assert_array_equal(enlarge(image, scale), by_definition(image, scale))


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_a_picture_of_many_blocks_is_its_definition(scale):
    """Odd sizes, larger than the blocks the work is cut into."""
    image = np.random.default_rng(scale).integers(0, 256, (scale * 37, scale * 19, 3), dtype=np.uint8)
    small = shrink(image, scale)
    assert small.shape == (37, 19, 3)
    np.testing.assert_array_equal(small, by_definition(image, 1 / scale))
    np.testing.assert_array_equal(enlarge(small, scale), by_definition(small, scale))


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_the_weights_of_one_pixel_are_those_of_the_definition(scale):
    shrinking, enlarging = weights(5 * scale, 1 / scale), weights(5, scale)
    np.testing.assert_allclose(shrink_weights(scale), shrinking[2], atol=1e-7)
    np.testing.assert_allclose(enlarge_weights(scale), enlarging[2 * scale : 3 * scale].T, atol=1e-7)


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_every_sum_is_a_whole_number_the_float_type_holds(scale):
    for up, down in ((scale, 1), (1, scale)):
        band, total = _band(up, down, 8 * up)
        np.testing.assert_array_equal(band, np.rint(band))
        np.testing.assert_array_equal(band.sum(axis=1), total)
        largest = 255 * np.abs(band).sum(axis=1).max() + total / 2
        assert 2 * largest < 2 ** (np.finfo(band.dtype).nmant + 1), "its halves too"


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_golden_arrays(scale):
    image = read_image(GOLDEN / "bicubic_input.png")  # (48, 48, 3)
    np.testing.assert_array_equal(shrink(image, scale), read_image(GOLDEN / f"bicubic_x{scale}.png"))


@pytest.mark.parametrize("benchmark", ["set5", "bsd100"])
def test_published_inputs_bit_for_bit(benchmark):
    photos = photographs(benchmark)
    expected = {row["image"]: row["input_sha256"] for row in FIGURES if row["set"] == benchmark}
    assert set(photos) == set(expected)
    for name, path in photos.items():
        assert digest(shrink(crop_to_multiple(read_image(path), 4), 4), benchmark) == expected[name], name


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_away_from_borders_it_is_pillows_bicubic_in_floating_point(scale):
    """Pillow has the same kernel but other borders, and does not round rows before columns: so one axis at a time."""
    image = np.random.default_rng(0).integers(0, 256, (scale * 16, scale * 16), dtype=np.uint8)
    rows = Image.fromarray(image.astype(np.float32)).resize((scale * 16, 16), Image.Resampling.BICUBIC)
    rows = np.clip(np.floor(np.asarray(rows) + 0.5), 0, 255)
    both = Image.fromarray(rows).resize((16, 16), Image.Resampling.BICUBIC)
    expected = np.clip(np.floor(np.asarray(both) + 0.5), 0, 255)
    np.testing.assert_array_equal(shrink(image, scale)[2:-2, 2:-2], expected[2:-2, 2:-2])


@given(pictures(largest=12), scales)
def test_a_mirrored_picture_gives_the_mirrored_result(image, scale):
    np.testing.assert_array_equal(enlarge(image[::-1, ::-1], scale), enlarge(image, scale)[::-1, ::-1])


@given(st.integers(0, 255), st.integers(1, 9), st.integers(1, 9), scales)
def test_a_flat_picture_stays_flat(level, height, width, scale):
    image = np.full((height, width, 3), level, np.uint8)
    assert (enlarge(image, scale) == level).all()
    assert (shrink(enlarge(image, scale), scale) == level).all()


@given(pictures(largest=12), scales)
def test_grey_is_each_channel_of_colour(image, scale):
    image = image if image.ndim == 3 else image[..., None]
    for channel in range(image.shape[2]):
        np.testing.assert_array_equal(enlarge(image[..., channel], scale), enlarge(image, scale)[..., channel])


@given(pictures(), scales)
def test_cropping_keeps_the_upper_left(image, scale):
    cropped = crop_to_multiple(image, scale)
    height, width = cropped.shape[:2]
    assert height % scale == width % scale == 0
    assert 0 <= image.shape[0] - height < scale
    assert 0 <= image.shape[1] - width < scale
    np.testing.assert_array_equal(cropped, image[:height, :width])


def test_what_cannot_be_resized_is_refused():
    with pytest.raises(ValueError, match=r"\(10, 8\) are not multiples of the scale 4"):
        shrink(np.zeros((10, 8, 3), np.uint8), 4)
    with pytest.raises(ValueError, match="uint8"):
        shrink(np.zeros((8, 8, 3), np.float32), 4)
    with pytest.raises(ValueError, match=r"\(0, 4\)"):
        enlarge(np.zeros((0, 4), np.uint8), 4)


def test_shrinking_a_photo_takes_at_most_half_again_pillows_time():
    image = np.random.default_rng(0).integers(0, 256, (1356, 2040, 3), dtype=np.uint8)
    photo = Image.fromarray(image)
    seconds = {"ours": [], "pillow": []}
    with threadpool_limits(1):  # Pillow uses one core
        for _ in range(9):
            for name, work in (
                ("ours", lambda: shrink(image, 4)),
                ("pillow", lambda: photo.resize((510, 339), Image.Resampling.BICUBIC)),
            ):
                start = time.perf_counter()
                work()
                seconds[name].append(time.perf_counter() - start)
    ratio = statistics.median(seconds["ours"]) / statistics.median(seconds["pillow"])
    assert ratio <= 1.5, f"{ratio:.2f} times Pillow's time"
