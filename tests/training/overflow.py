"""Two devices, one of whose gradients overflows; test_optimizers starts it: python -m tests.training.overflow.

Prints [weight, scale] after a step in which device 0's is infinite, then device 1's, then no device's.
"""

import json

import keras
import tensorflow as tf

from srgan.params import load_params
from srgan.recipes.optimizers import build_optimizer

NOBODY = 2


def main() -> None:
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    with strategy.scope():
        weights = [keras.Variable([1.0], dtype="float32"), keras.Variable([1.0], dtype="float32")]
        optimizer = build_optimizer(load_params().gan, 1e-3, "mixed_float16")
        optimizer.build(weights)

    @tf.function
    def step(device: tf.Tensor) -> None:
        def update() -> None:
            here = tf.distribute.get_replica_context().replica_id_in_sync_group
            finite, other = tf.ones(1), tf.fill([1], tf.where(here == device, float("inf"), 1.0))
            optimizer.apply([finite, other], weights)

        strategy.run(update)

    for device in (0, 1, NOBODY):
        step(tf.constant(device))
        print(json.dumps([float(weights[0].numpy()[0]), float(optimizer.dynamic_scale.numpy())]))


if __name__ == "__main__":
    main()
