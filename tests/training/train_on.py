"""Runs stages on one device, on two devices of one process, or as a worker of TF_CONFIG; test_devices starts it.

python -m tests.training.train_on (one | two | worker) FOLDER...: in each folder, a project, the stage its file `stage`
names.
"""

import importlib
import os
import sys
from pathlib import Path

import tensorflow as tf

from srgan.params import load_params
from srgan.tracking import runs
from srgan.training import stage
from srgan.training.devices import make_reproducible


def main(devices: str, *folders: str) -> None:
    """Run the stages, unrecorded: where MLflow is, another test looks."""
    make_reproducible(load_params(Path(folders[0]) / "params.yaml").training.threads)
    if devices == "two":
        cpu = tf.config.list_physical_devices("CPU")[0]
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
        mirrored = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])  # of the GPUs that are not there
        stage.choose_strategy = lambda _: mirrored
    if devices == "worker":
        joined = stage.choose_strategy("stages")  # a process joins a cluster once
        stage.choose_strategy = lambda _: joined
    recorded = runs.run
    runs.run = lambda *args, **options: recorded(*args, **options | {"recorded": False})
    for folder in folders:
        os.chdir(folder)
        importlib.import_module(f"stages.{Path('stage').read_text()}").main()


if __name__ == "__main__":
    main(*sys.argv[1:])
