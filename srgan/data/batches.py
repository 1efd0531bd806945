"""Make batches of shards: every batch is a function of (folder, seed, its number), so training can start at any batch.

Record p of training is record p mod N of epoch p div N, and batch b holds the records b B to (b + 1) B - 1. Their order
is srgan.data.order's, block by block; the crop and the symmetry of each record are drawn here, by a stateless random
function of (seed, epoch, block), so a start at any batch costs reading one block.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from srgan.data.manifest import read_manifest
from srgan.data.order import runs_of, spread
from srgan.data.records import decode, photos
from srgan.errors import UserError

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

    runs, crops = runs_of(folder, manifest), Crops(size, scale, crop, degrade)
    first, last = start * batch_size, (start + count) * batch_size  # records

    def load(block: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
        """Read a block: its records, (n,) strings; which of them to use, in random order; random numbers for each."""
        chosen, position, key = runs.block(block, seed)
        serialized = runs.read(chosen)
        total = tf.size(serialized)
        order_key, draw_key = tf.unstack(tf.random.split(key, 2))
        order = spread(photos(serialized), order_key)
        draws = tf.random.stateless_uniform([total], draw_key, 0, crops.choices, tf.int32)
        numbers_key = tf.random.fold_in(draw_key, 1)
        width = degrade.numbers if degrade else 0
        numbers = tf.random.stateless_uniform([total, width], numbers_key, None, None, tf.int32)
        position += tf.range(tf.cast(total, tf.int64))
        place = position % batch_size
        wanted = (first <= position) & (position < last) & (low <= place) & (place < high)
        return serialized, order[wanted], draws[wanted], numbers[wanted]

    def pick(serialized: tf.Tensor, order: tf.Tensor, *draws: tf.Tensor) -> tf.data.Dataset:
        """The wanted records one by one; they are also copied one by one, so that a block is in memory only once."""
        return tf.data.Dataset.from_tensor_slices((order, *draws)).map(lambda i, *draws: (serialized[i], *draws))

    begin, end = runs.block_of(first, seed), runs.blocks * (last // records + 1)
    dataset = tf.data.Dataset.range(begin, end).map(load).prefetch(1).flat_map(pick)
    dataset = dataset.batch(high - low, drop_remainder=True).take(count)
    dataset = dataset.map(crops.batch, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    return dataset.prefetch(tf.data.AUTOTUNE)


class Crops(NamedTuple):
    """How a record becomes a crop."""

    size: int  # HR pixels of a record's side
    scale: int
    side: int  # HR pixels of the crop's
    degrade: Degrade | None

    @property
    def places(self) -> int:
        """How many places a crop can have along each side: those at whole LR pixels."""
        return (self.size - self.side) // self.scale + 1

    @property
    def choices(self) -> int:
        """How many crops a record has, each in every symmetry."""
        return self.places**2 * SYMMETRIES

    def batch(self, serialized: tf.Tensor, draws: tf.Tensor, numbers: tf.Tensor) -> Batch:
        """Cut a crop out of each record.

        Args:
            serialized: (B,) strings.
            draws: (B,) which of its `choices`.
            numbers: (B, K) for `degrade`.
        """
        lr, hr = decode(serialized, self.size, self.scale)
        place, symmetry = draws // SYMMETRIES, draws % SYMMETRIES
        y, x = place // self.places, place % self.places  # LR pixels
        if self.degrade:
            # Where the patch ends, its border is mirrored. The symmetry comes first: blocks of JPEG are never turned.
            margin = self.degrade.margin
            hr = tf.pad(hr, [[0, 0], [margin, margin], [margin, margin], [0, 0]], "SYMMETRIC")
            hr = cut_and_turn(hr, y * self.scale, x * self.scale, symmetry, self.side + 2 * margin)
            lr = self.degrade.lr(hr, numbers)
            hr = hr[:, margin : margin + self.side, margin : margin + self.side]
        else:
            lr = cut_and_turn(lr, y, x, symmetry, self.side // self.scale)
            hr = cut_and_turn(hr, y * self.scale, x * self.scale, symmetry, self.side)
        # The ranges are those of `srgan.data.images.to_unit` and `to_signed`.
        return Batch(lr=tf.cast(lr, tf.float32) / 255, hr=tf.cast(hr, tf.float32) / 127.5 - 1)


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
