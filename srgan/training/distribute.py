"""Which devices train: chosen from what is there, one code path for all (tf.distribute)."""

from __future__ import annotations

import os

import tensorflow as tf


def choose_strategy() -> tf.distribute.Strategy:
    """Several machines where TF_CONFIG names them, all GPUs of this one where there are several, else one device."""
    if "TF_CONFIG" in os.environ:
        return tf.distribute.MultiWorkerMirroredStrategy()
    if len(tf.config.list_physical_devices("GPU")) > 1:
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()


def worker(strategy: tf.distribute.Strategy) -> tuple[int, int]:
    """This process' index among the workers, and how many there are; worker 0 is the chief."""
    resolver = strategy.cluster_resolver
    if resolver is None or not resolver.cluster_spec().as_dict():
        return 0, 1
    return resolver.task_id, len(resolver.cluster_spec().as_dict()["worker"])


def share(loss: tf.Tensor) -> tf.Tensor:
    """This replica's share of a loss that is a mean over the global batch: optimizers sum gradients over replicas."""
    return loss / tf.distribute.get_replica_context().num_replicas_in_sync


def sum_over_replicas(value: tf.Tensor) -> tf.Tensor:
    """The sum of a replica's value over all replicas, on each of them."""
    context = tf.distribute.get_replica_context()
    return value if context.num_replicas_in_sync == 1 else context.all_reduce(tf.distribute.ReduceOp.SUM, value)
