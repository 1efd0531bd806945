"""Means and sums over all devices that hold a replica of the networks, inside a training step."""

from __future__ import annotations

import tensorflow as tf


def share(loss: tf.Tensor) -> tf.Tensor:
    """This replica's share of a loss that is a mean over the global batch: optimizers sum gradients over replicas."""
    return loss / tf.distribute.get_replica_context().num_replicas_in_sync


def sum_over_replicas(value: tf.Tensor) -> tf.Tensor:
    """The sum of a replica's value over all replicas, on each of them."""
    context = tf.distribute.get_replica_context()
    return value if context.num_replicas_in_sync == 1 else context.all_reduce(tf.distribute.ReduceOp.SUM, value)


def mean_over_replicas(value: tf.Tensor) -> tf.Tensor:
    """The mean of all elements of a value over all replicas; gradients flow to each replica's part."""
    context = tf.distribute.get_replica_context()
    mean = tf.reduce_mean(value)
    return mean if context.num_replicas_in_sync == 1 else context.all_reduce(tf.distribute.ReduceOp.MEAN, mean)


def uniform(count: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """A random number in [0, 1) for each of this replica's samples: its slice of those drawn for the whole batch.

    Args:
        count: samples in the replica's slice.
        seed: (2,), the same on all replicas.
    """
    context = tf.distribute.get_replica_context()
    first = count * context.replica_id_in_sync_group
    return tf.random.stateless_uniform([count * context.num_replicas_in_sync], seed)[first : first + count]
