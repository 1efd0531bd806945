"""Several devices and several processes train as one does, and a run that loses a worker goes on exactly."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from srgan.commands.scratch_folders import scratch_folders
from srgan.errors import UserError
from srgan.training.devices import check_batch_size, choose_jit, choose_strategy
from srgan.training.workers import worker_position
from tests.ports import free_ports
from tests.training.project import ITERATIONS, make_project

# All at the rates of params.yaml. RMSProp divides a gradient by its own size, so where one is nearly nothing the last
# bit of a sum decides, and after some ten iterations that shows at the critic. So the sample's wgan is compared before
# it does, and its critic, clipping and penalty with Adam for as long as the others.
PENALTY = {"norm": "layer", "shift": 8, "weighting": "fixed", "adversarial_weight": 0.01}
UNET = {
    "discriminator.network": "unet",
    "discriminator.norm": "spectral",
    "game": "relativistic",
    "weighting": "balanced",
    "adversarial_weight": 0.1,
    "discriminator_warmup": 3,
    "discriminator_penalty": 0.1,
    "pixel_loss": "l1",
    "pixel_weight": 0.1,
    "population_from": 0.5,
}
CASES = {  # name: stage, what is set differently
    "pretrain": ("pretrain", {"lr_schedule": "cosine", "ema": 0.5}),
    "features": ("pretrain", {"content": "features", "features.normalise": "mean"}),
    "gan": ("gan", {}),
    "gan-unet": ("gan", UNET),
    "gan-projected": ("gan", UNET | {"discriminator.network": "projected", "game": "paired"}),
    "vgg": ("vgg", {}),
    "wgan": ("wgan", {"iterations": 6}),
    "wgan-adam": ("wgan", {"optimizer": "adam"}),
    # A clipped critic hardly answers, so that rounding is a large part of its gradient, and soon of what it says.
    "wgan-clip": ("wgan", {"optimizer": "adam", "constraint": "clip", "clip": 0.1, "norm": "batch", "iterations": 2}),
    "wgan-penalty": ("wgan", {"optimizer": "adam"} | PENALTY),
    "virtual": ("pretrain", {"generator.norm": "virtual"}),
}
PATIENCE = 900.0  # seconds that a process may take on a busy machine
# Where two neighbours in VGG are equal but for the last bit, that bit decides which of them a pooling takes, and thus
# where the adversary's gradient goes: once in twenty iterations its balanced weight differs by 3e-4.
TOLERANCE = {"wgan": 1e-3, "wgan-clip": 0.05, "gan-projected": 1e-3}  # relative; of the others 1e-5


@pytest.fixture(scope="session")
def start(repository):
    """A function that starts a Python process, on its own or as a worker: (its number, the ports of all)."""
    started = []

    def start(*command: object, worker: tuple[int, list[int]] | None = None, cwd: Path | None = None):
        environment = os.environ | {"PYTHONPATH": str(repository), "CUDA_VISIBLE_DEVICES": ""}
        if worker:
            cluster = {"worker": [f"127.0.0.1:{port}" for port in worker[1]]}
            environment["TF_CONFIG"] = json.dumps({"cluster": cluster, "task": {"type": "worker", "index": worker[0]}})
        command = [sys.executable, "-m", *map(str, command)]
        # Not a pipe: nobody reads it while another process is waited for.
        log = tempfile.TemporaryFile("w+")  # noqa: SIM115
        process = subprocess.Popen(command, cwd=cwd, env=environment, stdout=log, stderr=subprocess.STDOUT, text=True)
        started.append((process, log))
        return process, log

    yield start
    for process, log in started:
        process.kill()
        process.wait()
        log.close()


def finish(process: subprocess.Popen, log: IO[str], timeout: float = PATIENCE) -> str:
    """Wait for a process; what it has printed."""
    process.wait(timeout)
    log.seek(0)
    return log.read()


@pytest.fixture(scope="session")
def trained(tmp_path_factory, data, start):
    """What each case leaves on each kind of devices: {kind: {case: folder}}. All kinds run beside each other."""
    root = tmp_path_factory.mktemp("trained")
    folders = {
        kind: {case: make_project(root / kind / case, data, *CASES[case]) for case in CASES}
        for kind in ("one", "two", "worker")
    }
    ports = free_ports(2)
    places = {"one": [None], "two": [None], "worker": [(0, ports), (1, ports)]}
    processes = [
        start("tests.training.train_on", kind, *cases.values(), worker=worker)
        for kind, cases in folders.items()
        for worker in places[kind]
    ]
    for process, log in processes:
        output = finish(process, log)
        assert process.returncode == 0, output
    return folders


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", ["two", "worker"])
def test_several_devices_have_the_losses_of_one_at_the_same_batch_size(trained, kind, case):
    name = f"results/curves/{CASES[case][0]}.csv"
    one, several = (pd.read_csv(trained[each][case] / name) for each in ("one", kind))
    assert len(one) == CASES[case][1].get("iterations", ITERATIONS)
    tolerance = TOLERANCE.get(case, 1e-5)
    assert list(one) == list(several)
    for figure in one:  # of differences such as the Wasserstein estimate, relative to the largest of the run
        largest = one[figure].abs().max()
        np.testing.assert_allclose(
            several[figure], one[figure], rtol=tolerance, atol=tolerance * largest, err_msg=figure
        )


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.slow
def test_a_worker_that_is_killed_ends_the_chief_and_the_run_goes_on_exactly(tmp_path, data, trained, start):
    """The real stage, recorded, in two processes; as long as an uninterrupted run, to the byte, in one MLflow run."""
    folder = make_project(tmp_path / "project", data, *CASES["pretrain"])

    def workers():
        ports = free_ports(2)
        return [start("stages.pretrain", worker=(number, ports), cwd=folder) for number in range(2)]

    (chief, log), (other, _) = workers()
    deadline = time.monotonic() + PATIENCE
    while not list(folder.glob(".scratch/pretrain-*/0*.npz")):
        assert chief.poll() is None, finish(chief, log)
        assert time.monotonic() < deadline
        time.sleep(0.05)
    other.send_signal(signal.SIGKILL)
    began = time.monotonic()
    output = finish(chief, log)
    assert time.monotonic() - began < 60
    assert chief.returncode == 1
    assert "error: pretrain: another worker died, was stopped or cannot be reached; " in output
    assert "Traceback" not in output
    assert contents(folder / "models/pretrain") == contents(data / "models/pretrain")  # nothing half written

    processes = workers()
    outputs = [finish(*each) for each in processes]
    assert [process.returncode for process, _ in processes] == [0, 0], "\n".join(outputs)
    assert "pretrain: continues after iteration " in outputs[0]
    assert "it/s" not in outputs[1]  # the chief alone shows progress
    for name in ("models/pretrain", "results", "results/curves"):
        for path in sorted((trained["worker"]["pretrain"] / name).iterdir()):
            if path.is_file():
                assert (folder / name / path.name).read_bytes() == path.read_bytes(), path.name
    assert [scratch.state for scratch in scratch_folders(folder / ".scratch")] == [
        "finished"
    ]  # until DVC has recorded it
    with closing(sqlite3.connect(folder / "mlflow.db")) as store:
        assert store.execute("select name, status from runs").fetchall() == [("pretrain", "FINISHED")]


@pytest.mark.slow
def test_workers_of_different_settings_refuse_to_train(tmp_path, data, start):
    ports = free_ports(2)
    folders = [make_project(tmp_path / str(lr), data, "pretrain", {"lr": lr}) for lr in (1e-3, 1e-4)]
    processes = [start("stages.pretrain", worker=(i, ports), cwd=folders[i]) for i in range(2)]
    for process, log in processes:
        output = finish(process, log)
        assert process.returncode == 1
        assert "error: pretrain: the workers do not have the same stage and settings; stop them all" in output


class Devices:
    """Stands where a strategy of so many devices does."""

    def __init__(self, count):
        self.num_replicas_in_sync = count


def test_a_batch_that_devices_cannot_share_equally_is_refused():
    check_batch_size(Devices(4), "gan", 16)
    with pytest.raises(
        UserError, match=r"gan\.batch_size is 18, which 4 devices cannot .*multiple of 4 in params\.yaml"
    ):
        check_batch_size(Devices(4), "gan", 18)


def test_steps_on_several_devices_are_not_compiled_with_xla():
    assert choose_jit(Devices(1), "on")
    assert not choose_jit(Devices(1), "off")
    assert not choose_jit(Devices(2), "auto")
    with pytest.raises(UserError, match=r"training\.jit is on, but .* there are 2; set it to auto"):
        choose_jit(Devices(2), "on")


@pytest.mark.parametrize("config", ["{", "[1]", '{"task": {"type": "worker"}}', '{"cluster": {"worker": ["a:1"]}}'])
def test_a_tf_config_that_names_no_worker_is_refused(monkeypatch, config):
    monkeypatch.setenv("TF_CONFIG", config)
    with pytest.raises(UserError, match=r"TF_CONFIG is .* names no worker of a cluster"):
        choose_strategy("gan")


def test_one_process_is_its_own_chief():
    assert worker_position(tf.distribute.get_strategy()) == (0, 1)


@pytest.mark.parametrize(("gpus", "compiled"), [([], False), (["GPU:0"], True)])
def test_a_step_on_one_device_is_compiled_by_default_where_that_is_a_gpu(monkeypatch, gpus, compiled):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda _: gpus)
    assert choose_jit(Devices(1), "auto") == compiled
