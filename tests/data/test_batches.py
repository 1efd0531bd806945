"""Every batch can be addressed, and holds what it should."""

import itertools
import json
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from srgan.data import order
from srgan.data.batches import Degrade, batches, cut_and_turn
from srgan.data.images import to_signed, to_unit
from srgan.data.records import encode
from srgan.errors import UserError

SIZE, SCALE, CROP = 48, 4, 32
SHARDS = (11, 1, 1, 16, 1, 7, 1, 5, 1, 1)  # records in each: uneven, so blocks are
COUNT = sum(SHARDS)


def coded_pair(number: int) -> tuple[np.ndarray, np.ndarray]:
    """A pair whose every pixel says where it is: (row, column, number of the record)."""

    def coded(side: int) -> np.ndarray:
        rows, columns = np.indices((side, side))
        return np.stack([rows, columns, np.full_like(rows, number)], axis=-1).astype(np.uint8)

    return coded(SIZE // SCALE), coded(SIZE)


@pytest.fixture(scope="module")
def coded(tmp_path_factory):
    """A folder of shards with coded pairs."""
    folder = tmp_path_factory.mktemp("coded")
    numbers, shards = itertools.count(), []
    for index, count in enumerate(SHARDS):
        path = folder / f"{index:05d}.tfrecord"
        with tf.io.TFRecordWriter(str(path)) as writer:
            for number in itertools.islice(numbers, count):
                writer.write(encode(*coded_pair(number), "a.png", 0, 0))
        shards.append({"file": path.name, "count": count, "bytes": path.stat().st_size, "sha256": ""})
    manifest = {"format": 1, "scale": SCALE, "size": SIZE, "count": COUNT, "shards": shards}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture
def small_blocks(monkeypatch):
    """Runs of 4 records, blocks of 3 runs: an epoch of the coded folder has six blocks."""
    monkeypatch.setattr(order, "RUN", 4)
    monkeypatch.setattr(order, "BLOCK_BYTES", 3 * 4 * 3 * (SIZE**2 + (SIZE // SCALE) ** 2))


def numpy_batches(folder: Path, **settings) -> list[tuple[np.ndarray, np.ndarray]]:
    arguments = {"batch_size": 6, "crop": CROP, "seed": 1, **settings}
    return [(batch.lr, batch.hr) for batch in batches(folder, **arguments).as_numpy_iterator()]


def levels(lr: np.ndarray, hr: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Back to the whole numbers of the code."""
    return np.rint(lr * 255).astype(int), np.rint((hr + 1) * 127.5).astype(int)


def numbers(found: list[tuple[np.ndarray, np.ndarray]]) -> list[int]:
    """Which records the batches hold, in order."""
    return [int(number) for lr, _ in found for number in levels(lr, lr)[0][:, 0, 0, 2]]


def symmetry_of(hr: np.ndarray) -> tuple[int, int, int, int]:
    """How the code's rows and columns change down and across a crop: the symmetry's matrix."""
    down, across = hr[1, 0, :2] - hr[0, 0, :2], hr[0, 1, :2] - hr[0, 0, :2]
    return (*down.tolist(), *across.tolist())


def assert_same(left, right):
    assert len(left) == len(right)
    for (lr, hr), (other_lr, other_hr) in zip(left, right, strict=True):
        assert lr.tobytes() == other_lr.tobytes()
        assert hr.tobytes() == other_hr.tobytes()


def test_shapes_and_ranges(coded):
    dataset = batches(coded, batch_size=6, crop=CROP, seed=1, count=2)
    assert dataset.element_spec.lr == tf.TensorSpec([6, 8, 8, 3], tf.float32)
    assert dataset.element_spec.hr == tf.TensorSpec([6, 32, 32, 3], tf.float32)
    for lr, hr in numpy_batches(coded, count=2):
        small, large = levels(lr, hr)
        np.testing.assert_array_equal(lr, to_unit(small.astype(np.uint8)))
        np.testing.assert_array_equal(hr, to_signed(large.astype(np.uint8)))


def test_lr_and_hr_show_the_same_place_under_every_symmetry(coded):
    """HR pixel (4 y + i, 4 x + j) of a record lies in the 4 x 4 block of its LR pixel (y, x), and stays there."""
    symmetries = set()
    for lr, hr in numpy_batches(coded, count=60):
        small, large = levels(lr, hr)
        blocks = small.repeat(SCALE, axis=1).repeat(SCALE, axis=2)
        np.testing.assert_array_equal(large[..., :2] // SCALE, blocks[..., :2])
        np.testing.assert_array_equal(large[..., 2], blocks[..., 2])
        for image in large:
            symmetries.add(symmetry_of(image))
            assert np.ptp(image[..., 0]) == np.ptp(image[..., 1]) == CROP - 1
            assert len(np.unique(image.reshape(-1, 3), axis=0)) == CROP**2, "a pixel came twice"
    assert len(symmetries) == 8


@given(seed=st.integers(0, 1000), symmetry=st.integers(0, 7), y=st.integers(0, 5), x=st.integers(0, 5))
@settings(max_examples=30, deadline=None)
def test_cut_and_turn_is_a_slice_flipped_and_transposed(seed, symmetry, y, x):
    images = np.random.default_rng(seed).integers(0, 256, (2, 12, 12, 3), np.uint8)
    found = cut_and_turn(tf.constant(images), tf.constant([y, 0]), tf.constant([x, 0]), tf.constant([symmetry, 0]), 7)
    square = images[0, y : y + 7, x : x + 7]
    square = square.transpose(1, 0, 2) if symmetry >= 4 else square
    np.testing.assert_array_equal(found[0], np.rot90(square, symmetry % 4))
    np.testing.assert_array_equal(found[1], images[1, :7, :7])


def test_an_epoch_holds_every_record_once(coded, small_blocks):
    found = numbers(numpy_batches(coded, batch_size=5, count=27))
    epochs = [found[i * COUNT : (i + 1) * COUNT] for i in range(3)]
    assert all(sorted(epoch) == list(range(COUNT)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 3, "two epochs have the same order"


def test_neighbours_are_parted(coded, small_blocks):
    """Neighbours in a shard are often neighbours in a photograph: an epoch must not show them in a row."""
    found = np.array(numbers(numpy_batches(coded, batch_size=5, count=9 * 20)))
    in_a_row = np.abs(np.diff(found)) == 1
    assert in_a_row.mean() < 0.2  # a tenth of a block's 12 records; without shuffling it is all of them


def test_a_batch_holds_crops_of_distinct_photographs(tmp_path):
    """Ledig et al. 2017, section 3.2. Of eight photographs, six at random are 4.4 different ones on average."""
    path = tmp_path / "00000.tfrecord"
    with tf.io.TFRecordWriter(str(path)) as writer:
        for number in range(48):
            writer.write(encode(*coded_pair(number), f"{number // 6}.png", 0, 0))
    shard = {"file": path.name, "count": 48, "bytes": path.stat().st_size, "sha256": ""}
    manifest = {"format": 1, "scale": SCALE, "size": SIZE, "count": 48, "shards": [shard]}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    found = np.array(numbers(numpy_batches(tmp_path, batch_size=6, count=40))) // 6
    assert np.mean([len(set(batch)) for batch in found.reshape(40, 6)]) > 5.3


def test_crops_and_symmetries_are_drawn_evenly(coded):
    symmetries, rows, columns = Counter(), Counter(), Counter()
    for lr, hr in numpy_batches(coded, batch_size=64, count=60):
        for image in levels(lr, hr)[1]:
            symmetries[symmetry_of(image)] += 1
            rows[image[..., 0].min()] += 1
            columns[image[..., 1].min()] += 1
    places = range(0, SIZE - CROP + 1, SCALE)
    for counts, kinds in ((symmetries, 8), (rows, len(places)), (columns, len(places))):
        expected = 64 * 60 / kinds
        assert len(counts) == kinds
        assert max(abs(count - expected) for count in counts.values()) < 5 * np.sqrt(expected)
    assert set(rows) == set(columns) == set(places)


def test_the_seed_decides_and_nothing_else(coded):
    tf.random.set_seed(1)
    first = numpy_batches(coded, count=9)
    tf.random.set_seed(2)
    assert_same(first, numpy_batches(coded, count=9))
    assert numbers(first) != numbers(numpy_batches(coded, count=9, seed=2))


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.integers(0, 59))
def test_a_run_goes_on_with_the_exact_next_batch(coded, small_blocks, start):
    whole = numpy_batches(coded, batch_size=7, count=60)
    assert_same(whole[start:], numpy_batches(coded, batch_size=7, start=start, count=60 - start))


def test_far_batches_come_at_once(coded):
    numpy_batches(coded, count=1)
    began = time.perf_counter()
    far = numpy_batches(coded, start=10_000_000, count=1)
    assert time.perf_counter() - began < 5
    assert_same(far, numpy_batches(coded, start=9_999_990, count=11)[-1:])


@pytest.mark.parametrize(("batch_size", "parts"), [(6, 2), (7, 3), (4, 4)])
def test_parts_make_up_the_batch(coded, small_blocks, batch_size, parts):
    whole = numpy_batches(coded, batch_size=batch_size, start=3, count=20)
    slices = [numpy_batches(coded, batch_size=batch_size, start=3, count=20, part=(i, parts)) for i in range(parts)]
    joined = [[np.concatenate(arrays) for arrays in zip(*pieces, strict=True)] for pieces in zip(*slices, strict=True)]
    assert_same(whole, joined)


def test_a_batch_may_be_larger_than_the_folder(coded):
    found = numbers(numpy_batches(coded, batch_size=3 * COUNT, count=1))
    assert Counter(found) == dict.fromkeys(range(COUNT), 3)


def test_lr_can_be_made_of_hr_and_what_is_around_it(coded):
    """The window shows the patch's own pixels beyond the crop, and mirrors them where the patch ends."""
    margin = 8

    def middle(windows, numbers):
        shown.append((windows.shape, numbers.shape, numbers.dtype))
        return windows[:, ::SCALE, ::SCALE][:, : CROP // SCALE, : CROP // SCALE]

    shown = []
    found = numpy_batches(coded, count=20, degrade=Degrade(margin, 5, middle))
    assert shown[0] == ((6, CROP + 2 * margin, CROP + 2 * margin, 3), (6, 5), tf.int32)
    beyond, mirrored = 0, 0
    for lr, hr in found:
        small, large = levels(lr, hr)
        for window, crop in zip(small, large, strict=True):
            down, across = crop[1, 0, :2] - crop[0, 0, :2], crop[0, 1, :2] - crop[0, 0, :2]
            corner = crop[0, 0, :2] - margin * (down + across)  # where the window's first pixel is in the patch
            inside = np.where(corner < 0, -1 - corner, np.where(corner >= SIZE, 2 * SIZE - 1 - corner, corner))
            assert window[0, 0, :2].tolist() == inside.tolist()
            beyond += (corner == inside).any()
            mirrored += (corner != inside).any()
    assert beyond
    assert mirrored
    for (_, hr), (_, same) in zip(found, numpy_batches(coded, count=20), strict=True):
        np.testing.assert_array_equal(hr, same)


@pytest.mark.usefixtures("small_blocks")
def test_a_record_s_numbers_are_its_own(coded):
    """Others for each record and in each epoch, and the same from whatever batch on a run begins."""

    def show(windows, numbers):
        return tf.cast(tf.bitwise.bitwise_and(tf.reshape(numbers, [-1, 8, 8, 3]), 255), tf.uint8)

    degrade = Degrade(0, 192, show)
    whole = numpy_batches(coded, count=20, degrade=degrade)
    assert len({lr.tobytes() for batch, _ in whole for lr in batch}) == 20 * 6
    assert_same(whole[7:], numpy_batches(coded, start=7, count=13, degrade=degrade))


@pytest.mark.parametrize("crop", [SIZE + SCALE, 30])
def test_a_crop_that_does_not_fit(coded, crop):
    with pytest.raises(UserError, match=rf"the crop is {crop}; it must be a multiple of 4 up to the 48 px"):
        batches(coded, batch_size=2, crop=crop, seed=1, count=1)


def test_more_devices_than_records_in_a_batch(coded):
    with pytest.raises(UserError, match=r"batch_size is 2; .* 3 devices"):
        batches(coded, batch_size=2, crop=CROP, seed=1, count=1, part=(0, 3))
