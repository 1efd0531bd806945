"""JPEG in the graph against Pillow's at the same quality."""

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from skimage.data import chelsea

from srgan.degradation.jpeg import BLOCK, compress

PHOTO = chelsea()[60:163, 100:177]  # sides that are no multiples of a block


def by_pillow(image, quality, subsampling="4:2:0"):
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality, subsampling=subsampling)
    return np.asarray(Image.open(file))


def by_us(image, quality, phase=(0, 0), halved=True, qualities=(1, 100)):
    image = tf.cast(image, tf.float32)
    return compress(image, tf.constant(quality), tf.constant(phase), tf.constant(halved), qualities).numpy()


@pytest.mark.parametrize(("halved", "subsampling"), [(True, "4:2:0"), (False, "4:4:4")])
@pytest.mark.parametrize("quality", [1, 30, 50, 75, 95, 100])
def test_it_is_pillow_s_to_the_pixel(quality, halved, subsampling):
    """Both bring libjpeg-turbo, whose transform in whole numbers gives the same bits on every processor."""
    np.testing.assert_array_equal(by_us(PHOTO, quality, halved=halved), by_pillow(PHOTO, quality, subsampling))


@pytest.mark.parametrize("quality", [50, 72, 95])
def test_a_range_of_qualities_changes_none_of_them(quality):
    made = by_us(PHOTO, quality, halved=False, qualities=(50, 95))
    np.testing.assert_array_equal(made, by_pillow(PHOTO, quality, "4:4:4"))


def test_values_are_rounded_and_clipped_first():
    image = PHOTO.astype(np.float32)
    image[:8], image[8:16] = -20, 300
    levels = np.rint(image.clip(0, 255)).astype(np.uint8)
    np.testing.assert_array_equal(by_us(image + 0.3, 60), by_pillow(levels, 60))


@pytest.mark.parametrize("phase", [(0, 5), (3, 0), (7, 7)])
def test_the_phase_moves_the_blocks(phase):
    moved = np.pad(PHOTO, [(phase[0], 0), (phase[1], 0), (0, 0)], "symmetric")
    np.testing.assert_array_equal(by_us(PHOTO, 20, phase), by_pillow(moved, 20)[phase[0] :, phase[1] :])
    steps = abs(np.diff(by_us(PHOTO, 5, phase).mean(axis=2), axis=1)).mean(axis=0)
    assert steps.argmax() % BLOCK == (BLOCK - 1 - phase[1]) % BLOCK  # the highest step is between two blocks
