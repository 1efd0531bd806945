"""Choose the devices that train; the code is the same for all of them (tf.distribute).

Every device holds a replica of the networks and takes its slice of every batch. Every mean over a batch (gradients,
batch statistics, figures) is taken over the slices of all replicas. So several devices train like one with the same
`batch_size`, up to the rounding of sums.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable

import tensorflow as tf

from srgan.errors import UserError


def make_reproducible(threads: int = 0) -> None:
    """Make the same inputs give the same bytes; must be called before TensorFlow computes anything, or it raises.

    Deterministic operations are not enough on a CPU: two that run beside each other share its threads, and how they
    share them changes the order of sums. The sample's stage vgg ended with three different files in six runs of 20
    iterations, and with one file in six runs with one operation at a time. That is 2 to 11 % slower on two cores.

    One operation at a time is not enough either: an operation divides its sums among its threads, and with 1, 2, 3 and
    4 threads there were four different files. Two threads gave the same file on one core as on two. Another kind of
    processor, with other instructions and caches, sums in another order whatever is set here.

    Args:
        threads: of an operation on a CPU; 0 means one for each core, so the bytes depend on the number of cores.
    """
    tf.config.experimental.enable_op_determinism()
    if tf.config.list_physical_devices("GPU"):
        return
    for get, put, wanted in (
        (tf.config.threading.get_inter_op_parallelism_threads, tf.config.threading.set_inter_op_parallelism_threads, 1),
        (
            tf.config.threading.get_intra_op_parallelism_threads,
            tf.config.threading.set_intra_op_parallelism_threads,
            threads,
        ),
    ):
        if get() != wanted:
            put(wanted)


def choose_strategy(stage: str) -> tf.distribute.Strategy:
    """Choose several machines if TF_CONFIG names them, else all GPUs of this one if it has several, else one device.

    Raises:
        UserError: TF_CONFIG is not in TensorFlow's format.
    """
    if "TF_CONFIG" in os.environ:
        if not _names_a_worker(os.environ["TF_CONFIG"]):
            raise UserError(
                f"TF_CONFIG is {os.environ['TF_CONFIG']!r}, which names no worker of a cluster; it must look like "
                '{"cluster": {"worker": ["host0:port", "host1:port"]}, "task": {"type": "worker", "index": 0}}'
            )
        print(f"{stage}: waits for all workers in TF_CONFIG", flush=True)
        return tf.distribute.MultiWorkerMirroredStrategy()
    if len(tf.config.list_physical_devices("GPU")) > 1:
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()


def _names_a_worker(config: str) -> bool:
    """Whether a TF_CONFIG is complete: with an incomplete one every worker would train alone, as its own chief."""
    try:
        parsed = json.loads(config)
        workers, task = parsed["cluster"]["worker"], parsed["task"]
        return (
            list(parsed["cluster"]) == ["worker"] and task["type"] == "worker" and task["index"] in range(len(workers))
        )
    except (ValueError, KeyError, TypeError):
        return False


def choose_jit(strategy: tf.distribute.Strategy, setting: str) -> bool:
    """Whether steps are compiled with XLA: a step on one device can be, and is by default on a GPU.

    Args:
        strategy: where steps run.
        setting: training.jit.

    Raises:
        UserError: it is `on`, and there are several devices.
    """
    devices = strategy.num_replicas_in_sync
    if devices > 1 and setting == "on":
        raise UserError(
            f"training.jit is on, but XLA compiles a step for one device, and there are {devices}; set it to auto"
        )
    gpu = bool(tf.config.list_physical_devices("GPU"))
    return setting == "on" or (setting == "auto" and gpu and devices == 1)


def check_batch_size(strategy: tf.distribute.Strategy, stage: str, batch_size: int) -> None:
    """Check that all replicas get slices of one size; otherwise the mean of their means is not the batch's mean.

    Raises:
        UserError: the batch cannot be divided by the number of devices.
    """
    devices = strategy.num_replicas_in_sync
    if batch_size % devices:
        raise UserError(
            f"{stage}.batch_size is {batch_size}, which {devices} devices cannot share equally; "
            f"make it a multiple of {devices} in params.yaml, or train on fewer devices"
        )


def share_batches(
    strategy: tf.distribute.Strategy, batch_size: int, part: Callable[[tuple[int, int]], tf.data.Dataset]
) -> tf.data.Dataset | tf.distribute.DistributedDataset:
    """Batches for all replicas: of n replicas, number r takes the r-th of n contiguous slices of every batch.

    A worker reads its own slice alone, and cuts it for its devices.

    Args:
        strategy: whose replicas.
        batch_size: records of a whole batch, a multiple of the number of replicas.
        part: (i, n) -> a dataset of the i-th of n contiguous slices of each batch.
    """

    def for_worker(context: tf.distribute.InputContext) -> tf.data.Dataset:
        dataset = part((context.input_pipeline_id, context.num_input_pipelines))
        replicas = context.num_replicas_in_sync
        if replicas == 1:
            return dataset
        # Endless: before every batch of a finite dataset the workers would ask each other whether it has ended.
        return dataset.rebatch(batch_size // replicas, drop_remainder=True).repeat()

    return strategy.distribute_datasets_from_function(for_worker)
