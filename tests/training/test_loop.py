"""The loop: an interrupted run ends as an uninterrupted one, and a diverging one stops."""

import os
import signal
from contextlib import contextmanager
from typing import ClassVar

import keras
import numpy as np
import pytest
import tensorflow as tf

from srgan.data.batches import Batch
from srgan.errors import UserError
from srgan.models.discriminator import build_discriminator
from srgan.models.generator import build_generator, set_reference
from srgan.params import load_params
from srgan.training.adversarial import Adversarial
from srgan.training.checkpoint import Scratch
from srgan.training.loop import Stopped, train
from srgan.training.losses import mse
from srgan.training.pixel import Pixel
from srgan.training.wasserstein import Wasserstein


class Log:
    """Stands where the MLflow run does and keeps what it is given."""

    def __init__(self):
        self.rows = {}

    def log(self, figures, step):
        self.rows[step] = dict(figures)


@contextmanager
def determinism():
    tf.config.experimental.enable_op_determinism()
    yield


def feed(start, count):
    """Batch number b is a function of b."""
    for number in range(start, start + count):
        rng = np.random.default_rng(number)
        hr = tf.constant(rng.uniform(-1, 1, (2, 32, 32, 3)).astype("float32"))
        yield Batch(lr=(hr[:, ::4, ::4] + 1) / 2, hr=hr)


def recipe(kind, params, precision, norm="batch"):
    keras.utils.set_random_seed(0)
    common = {"scale": 4, "blocks": 1, "filters": 4, "norm": norm, "skip": "none", "dtype": precision}
    if norm == "virtual":
        common["reference"] = (2, 8, 8, 3)
    generator = build_generator(**common)
    set_reference(generator, np.random.default_rng(0).uniform(size=(2, 8, 8, 3)))
    judge = {"filters": 4, "norm": "batch", "head": "dense", "units": 8, "crop": 32, "dtype": precision}
    if kind == "pretrain":
        return Pixel(params, generator, mse, precision=precision)
    if kind == "wgan":
        return Wasserstein(params, generator, build_discriminator(**judge), mse, seed=3, precision=precision)
    return Adversarial(params, generator, build_discriminator(**judge), mse, precision=precision)


@pytest.fixture
def settings(repository):
    """A function giving a short stage's settings and the common ones."""
    params = load_params(repository / "params.yaml")
    common = params.training.model_copy(update={"log_every": 4, "validate_every": 8, "checkpoint_every": 5})
    short = {"iterations": 18, "ema": 0.5, "lr_schedule": "cosine", "lr_warmup": 3}
    warmup = {"n_critic": 2, "warmup_critic": 4, "warmup_iterations": 2, "warmup_every": 7}
    return lambda name: (
        getattr(params, name).model_copy(update=short | (warmup if name == "wgan" else {})),
        common,
    )


def run_through(tmp_path, kind, settings, precision="float32", stop_at=None, norm="batch"):
    """Train; with stop_at, send the process SIGTERM in that validation or logging point, once."""
    stage, common = settings(kind)
    this = recipe(kind, stage, precision, norm)
    log = Log()
    if stop_at is not None:
        step = this.step

        def stopping(iteration, batches):
            if iteration == stop_at:
                os.kill(os.getpid(), signal.SIGTERM)
            return step(iteration, batches)

        this.step = stopping
    with Scratch(tmp_path / "scratch", kind, "key") as scratch:
        rows = train(
            kind, this, stage, common, feed=feed, validate=lambda i: {"psnr_y": float(i)}, scratch=scratch, run=log
        )
    return this, rows, log


CASES = [(kind, "float32", "batch") for kind in ("pretrain", "gan", "wgan")]
CASES += [("gan", "mixed_bfloat16", "batch"), ("wgan", "mixed_bfloat16", "batch"), ("gan", "float32", "virtual")]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "precision", "norm"), CASES)
def test_an_interrupted_run_ends_bit_for_bit_as_an_uninterrupted_one(tmp_path, settings, kind, precision, norm):
    with determinism():
        whole, rows, log = run_through(tmp_path / "whole", kind, settings, precision, norm=norm)
        folder = tmp_path / "parts"
        for stop_at in (2, 9, 16):
            with pytest.raises(Stopped, match=f"{kind}: stopped after iteration {stop_at + 1};"):
                run_through(folder, kind, settings, precision, stop_at=stop_at, norm=norm)
        parts, rows_again, log_again = run_through(folder, kind, settings, precision, norm=norm)
    assert rows_again == rows
    assert log_again.rows == log.rows
    for name, variable in whole.variables().items():
        np.testing.assert_array_equal(variable.numpy(), parts.variables()[name].numpy(), err_msg=name)
    assert len(rows) == 5
    assert [row["iteration"] for row in rows] == [4, 8, 12, 16, 18]
    assert [row.get("psnr_y") for row in rows] == [None, 8.0, None, 16.0, 18.0]


def test_a_loss_that_is_not_finite_stops_the_run_and_keeps_the_last_checkpoint(tmp_path, settings):
    stage, common = settings("pretrain")
    this = recipe("pretrain", stage, "float32")

    def poisoned(start, count):
        for number, batch in enumerate(feed(start, count), start=start):
            yield Batch(batch.lr, batch.hr * (np.nan if number == 13 else 1))

    with Scratch(tmp_path, "pretrain", "key") as scratch:
        with pytest.raises(UserError, match=r"pretrain: content_loss, loss became .* at iteration 14; .*pretrain\.lr"):
            train("pretrain", this, stage, common, feed=poisoned, validate=lambda _: {}, scratch=scratch, run=Log())
        iteration, _ = scratch.restore(this.variables())
    assert iteration == 10
    assert all(np.isfinite(variable.numpy()).all() for variable in this.variables().values())


class Pending:
    """A figure that the device has not computed yet: whoever asks for it waits."""

    waited_at: ClassVar[list[int]] = []
    taken = 0

    def __float__(self):
        Pending.waited_at.append(Pending.taken)
        return 1.0


def test_the_loop_waits_for_the_device_only_where_it_logs_or_saves(tmp_path, settings):
    stage, common = settings("pretrain")
    this = recipe("pretrain", stage, "float32")

    def step(iteration, batches):
        next(batches)
        Pending.taken = iteration + 1
        return {"loss": Pending()}

    this.step = step
    with Scratch(tmp_path, "pretrain", "key") as scratch:
        train("pretrain", this, stage, common, feed=feed, validate=lambda _: {}, scratch=scratch, run=Log())
    assert set(Pending.waited_at) == {4, 5, 8, 10, 12, 15, 16, 18}  # log_every 4, checkpoint_every 5, the end
