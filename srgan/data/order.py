"""The order in which a training run takes the records of its shards: a function of (seed, place in the run).

    epoch    the shards are split into runs of a few neighbouring records; the runs are shuffled
    block    as many consecutive runs as fit in memory; their records are shuffled, those of each photograph evenly

Runs are shuffled instead of shards, so that a block holds records from the whole folder, although the patches of a
photograph are neighbours. The records of each photograph are spread evenly, because a batch should hold crops of
distinct photographs (Ledig et al. 1609.04802, section 3.2): if a photograph has less than 1 in B of the records of a
block, two of them are rarely in one batch of B. Each shuffle is a stateless random function of (seed, epoch, block).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

RUN = 16  # records read in one go, or fewer
BLOCK_BYTES = 128 * 2**20  # of the records that are shuffled together; about three times as much memory is used
RUNS = 64  # least runs in a block: a run holds one or two photographs, and a block must hold many


class Runs(NamedTuple):
    """The runs of all shards, R of them, in the order of the files."""

    file: np.ndarray  # (R,) path
    skip: np.ndarray  # (R,) records before it in its file
    length: np.ndarray  # (R,) records; the same for all runs, fewer for the last of a file
    runs_per_block: int  # the last block of an epoch has fewer

    @property
    def blocks(self) -> int:
        """Blocks in an epoch."""
        return -(-len(self.file) // self.runs_per_block)

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
        begin = place * self.runs_per_block
        position = epoch * self.length.sum() + before[begin]
        return order[begin : begin + self.runs_per_block], position, tf.random.fold_in(key, place)

    def block_of(self, position: int, seed: int) -> int:
        """The block that holds a record, both counted from the start of training."""
        epoch, place = divmod(position, int(self.length.sum()))
        with tf.device("CPU"):  # as in tf.data, because another device may shuffle in another way
            _, before, _ = self.epoch(epoch, seed)
        begins = before.numpy()[:: self.runs_per_block]
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


def runs_of(folder: Path | str, manifest: dict[str, Any]) -> Runs:
    """Split a folder's shards into runs.

    Args:
        folder: where they are.
        manifest: the folder's.
    """
    record_bytes = 3 * manifest["size"] ** 2 * (1 + 1 / manifest["scale"] ** 2)
    records = BLOCK_BYTES / record_bytes  # in a block
    length = max(1, min(RUN, int(records / RUNS)))  # of a run
    counts = np.array([shard["count"] for shard in manifest["shards"]])
    runs = -(-counts // length)  # of each shard
    shard = np.repeat(np.arange(len(counts)), runs)
    skip = length * (np.arange(len(shard)) - np.repeat(np.cumsum(runs) - runs, runs))
    files = np.array([str(Path(folder) / shard["file"]) for shard in manifest["shards"]])
    return Runs(files[shard], skip, np.minimum(length, counts[shard] - skip), max(1, int(records / length)))


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
