"""Make batches of shards: every batch is a function of (folder, seed, its number), so training can start at any batch.

Record p of training is record p mod N of epoch p div N, and batch b holds the records b B to (b + 1) B - 1.

    epoch    the shards are split into runs of a few neighbouring records; the runs are shuffled
    block    as many consecutive runs as fit in memory; their records are shuffled, those of each photograph evenly
    record   its crop and its symmetry are drawn

Runs are shuffled instead of shards, so that a block holds records from the whole folder, although the patches of a
photograph are neighbours. The records of each photograph are spread evenly, because a batch should hold crops of
distinct photographs (Ledig et al. 1609.04802, section 3.2): if a photograph has less than 1 in B of the records of a
block, two of them are rarely in one batch of B. Each shuffle and draw is a stateless random function of (seed, epoch,
block), so a start at any batch costs reading one block.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from srgan.data.manifest import read_manifest
from srgan.data.records import decode, photos
from srgan.errors import UserError

RUN = 16  # records read in one go
BLOCK_BYTES = 128 * 2**20  # of the records that are shuffled together; about three times as much memory is used
SYMMETRIES = 8  # of the square: four rotations, each mirrored or not


class Batch(NamedTuple):
    """HR crops, and LR, the generator's input."""

    lr: tf.Tensor  # [B, h, w, 3] in [0, 1]
    hr: tf.Tensor  # [B, H, W, 3] in [-1, 1]


class Degrade(NamedTuple):
    """What makes LR of HR on the fly, where it is not to be the stored one."""

    margin: int  # HR pixels that it wants to see around a crop on every side, a multiple of the scale
    numbers: int  # random numbers that it wants for a record
    # HR with its margin, uint8 (B, H, H, 3), and numbers, int32 (B, K) of the whole range, to LR, uint8 (B, h, h, 3).
    lr: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def batches(
    folder: Path | str,
    *,
    batch_size: int,
    crop: int,
    seed: int,
    count: int,
    start: int = 0,
    part: tuple[int, int] = (0, 1),
    degrade: Degrade | None = None,
) -> tf.data.Dataset:
    """Make the batches start to start + count - 1 of an endless training run.

    Args:
        folder: shards and manifest, made by `srgan.patches.cut`.
        batch_size: records of a whole batch.
        crop: HR pixels of a side, a multiple of the folder's scale.
        seed: of the order and of the crops.
        count: how many batches.
        start: number of the first.
        part: (i, n): the i-th of n contiguous slices of each batch, for one of n devices.
        degrade: what makes LR; None: LR is as it is stored.

    Returns:
        A dataset of `Batch`, in order, the same in every process.

    Raises:
        UserError: the folder is damaged, or the crop or the parts do not fit.
    """
    manifest = read_manifest(folder)
    size, scale, records = manifest["size"], manifest["scale"], manifest["count"]
    index, parts = part
    low, high = batch_size * index // parts, batch_size * (index + 1) // parts
    if crop > size or crop % scale:
        raise UserError(f"the crop is {crop}; it must be a multiple of {scale} up to the {size} px patches of {folder}")
    if low == high:
        raise UserError(f"batch_size is {batch_size}; it must be at least one record for each of {parts} devices")

    runs = _runs(folder, manifest)
    first, last = start * batch_size, (start + count) * batch_size  # records
    places = (size - crop) // scale + 1

    margin, width = (degrade.margin, degrade.numbers) if degrade else (0, 0)

    def load(block: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
        """Read a block: its records, (n,) strings; which of them to use, in random order; random numbers for each."""
        chosen, position, key = runs.block(block, seed)
        serialized = runs.read(chosen)
        total = tf.size(serialized)
        order_key, draw_key = tf.unstack(tf.random.split(key, 2))
        order = spread(photos(serialized), order_key)
        draws = tf.random.stateless_uniform([total], draw_key, 0, places * places * SYMMETRIES, tf.int32)
        numbers_key = tf.random.fold_in(draw_key, 1)
        numbers = tf.random.stateless_uniform([total, width], numbers_key, None, None, tf.int32)
        position += tf.range(tf.cast(total, tf.int64))
        place = position % batch_size
        wanted = (first <= position) & (position < last) & (low <= place) & (place < high)
        return serialized, order[wanted], draws[wanted], numbers[wanted]

    def pick(serialized: tf.Tensor, order: tf.Tensor, *draws: tf.Tensor) -> tf.data.Dataset:
        """The wanted records one by one; they are also copied one by one, so that a block is in memory only once."""
        return tf.data.Dataset.from_tensor_slices((order, *draws)).map(lambda i, *draws: (serialized[i], *draws))

    def batch(serialized: tf.Tensor, draws: tf.Tensor, numbers: tf.Tensor) -> Batch:
        """Records to crops.

        Args:
            serialized: (B,) strings.
            draws: (B,) the number that decides each crop's place and symmetry.
            numbers: (B, K) for `degrade`.
        """
        lr, hr = decode(serialized, size, scale)
        place, symmetry = draws // SYMMETRIES, draws % SYMMETRIES
        y, x = place // places, place % places  # LR pixels
        if degrade:
            # Where the patch ends, its border is mirrored. The symmetry comes first: blocks of JPEG are never turned.
            around = [margin, margin]
            hr = tf.pad(hr, [[0, 0], around, around, [0, 0]], "SYMMETRIC")
            hr = cut_and_turn(hr, y * scale, x * scale, symmetry, crop + 2 * margin)
            lr = degrade.lr(hr, numbers)
            hr = hr[:, margin : margin + crop, margin : margin + crop]
        else:
            lr = cut_and_turn(lr, y, x, symmetry, crop // scale)
            hr = cut_and_turn(hr, y * scale, x * scale, symmetry, crop)
        # The ranges are those of `srgan.data.images.to_unit` and `to_signed`.
        return Batch(lr=tf.cast(lr, tf.float32) / 255, hr=tf.cast(hr, tf.float32) / 127.5 - 1)

    begin, end = runs.block_of(first, seed), runs.blocks * (last // records + 1)
    dataset = tf.data.Dataset.range(begin, end).map(load).prefetch(1).flat_map(pick)
    dataset = dataset.batch(high - low, drop_remainder=True).take(count)
    dataset = dataset.map(batch, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    return dataset.prefetch(tf.data.AUTOTUNE)


def spread(names: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
    """A random order in which equal names are far apart.

    The n records of a photograph get the places (u + 0) / n, (u + 1) / n, ... in [0, 1), where u is drawn for each
    photograph. All records are sorted by their places.

    Args:
        names: (N,) strings.
        key: (2,), of the random numbers.

    Returns:
        (N,) the numbers 0 to N - 1.
    """
    order_key, place_key = tf.unstack(tf.random.split(key, 2))
    shuffled = tf.random.experimental.stateless_shuffle(tf.range(tf.size(names)), order_key)
    _, photo, count = tf.unique_with_counts(tf.gather(names, shuffled))  # (N,) each record's photograph; (P,)
    by_photo = tf.argsort(photo, stable=True)  # (N,)
    first = tf.gather(tf.cumsum(count, exclusive=True), tf.gather(photo, by_photo))
    number = tf.scatter_nd(by_photo[:, None], tf.range(tf.size(names)) - first, [tf.size(names)])  # in its photograph
    begin = tf.random.stateless_uniform([tf.size(count)], place_key, dtype=tf.float64)  # (P,)
    place = (tf.gather(begin, photo) + tf.cast(number, tf.float64)) / tf.cast(tf.gather(count, photo), tf.float64)
    return tf.gather(shuffled, tf.argsort(place, stable=True))


def cut_and_turn(images: tf.Tensor, y: tf.Tensor, x: tf.Tensor, symmetry: tf.Tensor, crop: int) -> tf.Tensor:
    """Cut a square out of each image, rotate it and mirror it.

    Args:
        images: (B, S, S, C); S known when traced.
        y: (B,) first row of each square, 0 to S - crop.
        x: (B,) first column of each square, 0 to S - crop.
        symmetry: (B,) 0 to 7: a symmetry of the square, the same one for every crop size.
        crop: side of the square.

    Returns:
        (B, crop, crop, C).
    """
    side, channels = images.shape[1], images.shape[3]
    # One gather by pixel number does all of it in a third of the time that slices, flips and transposes take.
    square = np.arange(crop)[:, np.newaxis] * side + np.arange(crop)  # pixel numbers, (crop, crop)
    turned = [np.rot90(mirrored, k).ravel() for mirrored in (square, square.T) for k in range(4)]
    source = tf.gather(tf.constant(np.stack(turned), tf.int32), symmetry) + (y * side + x)[:, tf.newaxis]
    pixels = tf.reshape(images, [-1, side * side, channels])
    return tf.reshape(tf.gather(pixels, source, batch_dims=1), [-1, crop, crop, channels])


class _Runs(NamedTuple):
    """The runs of all shards, R of them, in the order of the files."""

    file: np.ndarray  # (R,) path
    skip: np.ndarray  # (R,) records before it in its file
    length: np.ndarray  # (R,) records, RUN or, at the end of a file, fewer
    a_block: int  # runs in a block; the last block of an epoch has fewer

    @property
    def blocks(self) -> int:
        """Blocks in an epoch."""
        return -(-len(self.file) // self.a_block)

    def epoch(self, epoch: tf.Tensor | int, seed: int) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """The epoch's order of runs, (R,); how many records lie before each, (R,); the epoch's random key."""
        # Always int64, because folding in the same number as int32 gives another key.
        key = tf.random.fold_in(tf.constant([seed, 0], tf.int64), tf.cast(epoch, tf.int64))
        order = tf.random.experimental.stateless_shuffle(tf.range(len(self.file)), key)
        return order, tf.cumsum(tf.gather(self.length, order), exclusive=True), key

    def block(self, block: tf.Tensor, seed: int) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """A block, counted from the start of training: its runs, number of its first record, its random key."""
        epoch, place = block // self.blocks, block % self.blocks
        order, before, key = self.epoch(epoch, seed)
        begin = place * self.a_block
        position = epoch * self.length.sum() + before[begin]
        return order[begin : begin + self.a_block], position, tf.random.fold_in(key, place)

    def block_of(self, position: int, seed: int) -> int:
        """The block that holds a record, both counted from the start of training."""
        epoch, place = divmod(position, int(self.length.sum()))
        with tf.device("CPU"):  # as in tf.data, because another device may shuffle in another way
            _, before, _ = self.epoch(epoch, seed)
        begins = before.numpy()[:: self.a_block]
        return epoch * self.blocks + int(np.searchsorted(begins, place, side="right")) - 1

    def read(self, chosen: tf.Tensor) -> tf.Tensor:
        """The records of some runs, as serialised strings (n,)."""
        file, skip, length = (tf.gather(column, chosen) for column in self[:3])

        def records(file: tf.Tensor, skip: tf.Tensor, length: tf.Tensor) -> tf.data.Dataset:
            # Without a buffer only the length of a skipped record is read.
            return tf.data.TFRecordDataset(file, buffer_size=0).skip(skip).take(length)

        dataset = tf.data.Dataset.from_tensor_slices((file, skip, length))
        dataset = dataset.interleave(records, cycle_length=2, num_parallel_calls=2, deterministic=True)
        return dataset.batch(tf.reduce_sum(length)).get_single_element()


def _runs(folder: Path | str, manifest: dict[str, Any]) -> _Runs:
    """Split the shards into runs."""
    counts = np.array([shard["count"] for shard in manifest["shards"]])
    runs = -(-counts // RUN)  # of each shard
    shard = np.repeat(np.arange(len(counts)), runs)
    skip = RUN * (np.arange(len(shard)) - np.repeat(np.cumsum(runs) - runs, runs))
    files = np.array([str(Path(folder) / shard["file"]) for shard in manifest["shards"]])
    record_bytes = 3 * manifest["size"] ** 2 * (1 + 1 / manifest["scale"] ** 2)
    a_block = max(1, int(BLOCK_BYTES / record_bytes / RUN))
    return _Runs(files[shard], skip, np.minimum(RUN, counts[shard] - skip), a_block)
