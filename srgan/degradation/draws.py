"""The random numbers of a batch's records, taken one by one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf


class Draws:
    """Gives out the columns of a table of random numbers, each once, in the order of the calls.

    So what is drawn for a record is a function of its own row, whatever batch, device or thread it is in.

    Args:
        numbers: int32 (B, K), of the whole range of the type, a row for each record.
    """

    def __init__(self, numbers: tf.Tensor):
        self._columns = iter(tf.unstack(numbers, axis=1))

    def key(self) -> tf.Tensor:
        """What stateless random operations start from: int32 (B, 2)."""
        return tf.stack([next(self._columns), next(self._columns)], axis=1)

    def uniform(self, low: float, high: float) -> tf.Tensor:
        """A number drawn uniformly from [low, high) for each record: float32 (B,)."""
        # The upper 24 bits are what float32 holds exactly.
        unit = (tf.cast(tf.bitwise.right_shift(next(self._columns), 8), tf.float32) + 2**23) / 2**24
        return low + (high - low) * unit

    def whole(self, low: int, high: int) -> tf.Tensor:
        """A whole number from low to high, both included: int32 (B,)."""
        return tf.math.floormod(next(self._columns), high - low + 1) + low

    def chance(self, probability: float) -> tf.Tensor:
        """True with this probability, for each record: bool (B,)."""
        return self.uniform(0, 1) < probability

    def choice(self, weights: Sequence[float]) -> tf.Tensor:
        """The number of one of several cases, each as often as its weight says: int32 (B,)."""
        bounds = np.cumsum(weights)[:-1] / np.sum(weights)
        return tf.reduce_sum(tf.cast(self.uniform(0, 1)[:, tf.newaxis] >= bounds.astype(np.float32), tf.int32), axis=1)
