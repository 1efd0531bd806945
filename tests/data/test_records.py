"""A pair survives being written and read."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from srgan.data.records import decode, encode


def random_pair(seed: int, size: int, scale: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    small = size // scale
    lr = rng.integers(0, 256, (small, small, 3), np.uint8)
    return lr, rng.integers(0, 256, (size, size, 3), np.uint8)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), scale=st.sampled_from([2, 3, 4, 8]), small=st.integers(1, 9))
def test_pixels_come_back(seed, scale, small):
    size = scale * small
    written = [random_pair(seed + i, size, scale) for i in range(3)]
    serialized = [encode(lr, hr, "a.png", 0, 0) for lr, hr in written]
    lr, hr = decode(tf.constant(serialized), size, scale)
    np.testing.assert_array_equal(lr, [pair[0] for pair in written])
    np.testing.assert_array_equal(hr, [pair[1] for pair in written])


def test_place_in_the_photograph_comes_back():
    example = tf.train.Example.FromString(encode(*random_pair(0, 8, 4), "küste/a.png", 12, 40))
    feature = example.features.feature
    assert feature["photo"].bytes_list.value[0].decode() == "küste/a.png"
    assert feature["y"].int64_list.value == [12]
    assert feature["x"].int64_list.value == [40]


def test_views_of_a_photograph_are_written_as_seen():
    """Patches are slices of a photograph: not contiguous in memory."""
    lr, hr = random_pair(0, 32, 4)
    serialized = encode(lr[1:3, 2:4], hr[4:12, 8:16], "a.png", 4, 8)
    small, large = decode(tf.constant([serialized]), 8, 4)
    np.testing.assert_array_equal(small[0], lr[1:3, 2:4])
    np.testing.assert_array_equal(large[0], hr[4:12, 8:16])


def test_shapes_are_known_when_traced():
    shapes = []

    @tf.function
    def traced(serialized):
        lr, hr = decode(serialized, 96, 4)
        shapes.extend([lr.shape.as_list(), hr.shape.as_list()])
        return lr, hr

    traced.get_concrete_function(tf.TensorSpec([5], tf.string))
    assert shapes == [[5, 24, 24, 3], [5, 96, 96, 3]]


@pytest.mark.parametrize("size", [4, 16])
def test_another_size_is_refused(size):
    with pytest.raises(tf.errors.InvalidArgumentError):
        decode(tf.constant([encode(*random_pair(0, 8, 4), "a.png", 0, 0)]), size, 4)


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, 10**6), change=st.integers(1, 255), cut=st.booleans())
def test_a_damaged_record_gives_pixels_of_the_right_shape_or_a_tensorflow_error(place, change, cut):
    """A flipped pixel is for the shard's digest to find; here nothing else may come of it."""
    sound = encode(*random_pair(0, 8, 4), "a.png", 0, 0)
    place %= len(sound)
    damaged = sound[:place] if cut else sound[:place] + bytes([sound[place] ^ change]) + sound[place + 1 :]
    try:
        lr, hr = decode(tf.constant([damaged]), 8, 4)
    except (tf.errors.InvalidArgumentError, UnicodeDecodeError):  # TensorFlow's message quotes the record's bytes
        return
    assert (lr.shape, hr.shape) == ((1, 2, 2, 3), (1, 8, 8, 3))
    assert not cut or place > len(sound) - 60  # what was cut is the photograph's name or place
