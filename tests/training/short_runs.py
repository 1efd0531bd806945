"""A run of eighteen iterations with tiny networks, without a stage, its data or its files."""

import os
import signal
from contextlib import contextmanager

import keras
import numpy as np
import tensorflow as tf

from srgan.data.batches import Batch
from srgan.losses.pixel import mse
from srgan.models.discriminator import build_discriminator
from srgan.models.generator import build_generator
from srgan.models.normalisation import set_reference
from srgan.params import load_params
from srgan.recipes.adversarial import Adversarial
from srgan.recipes.pixel import Pixel
from srgan.recipes.recipe import StepOptions
from srgan.recipes.wasserstein import Wasserstein
from srgan.training.checkpoint import Scratch
from srgan.training.loop import Context, train
from tests.training.project import REPOSITORY


class Log:
    """Stands where the MLflow run does and keeps what it is given."""

    def __init__(self):
        self.rows = {}

    def log_rows(self, rows):
        self.rows |= {step: dict(figures) for step, figures in rows}


@contextmanager
def determinism():
    """Let TensorFlow compute the same at every run; it cannot be taken back."""
    tf.config.experimental.enable_op_determinism()
    yield


def feed(start, count):
    """Batch number b is a function of b."""
    for number in range(start, start + count):
        rng = np.random.default_rng(number)
        hr = tf.constant(rng.uniform(-1, 1, (2, 32, 32, 3)).astype("float32"))
        yield Batch(lr=(hr[:, ::4, ::4] + 1) / 2, hr=hr)


def context(kind, stage, common, scratch, feed=feed, validate=lambda _: {}):
    """What a training runs in; its figures are not looked at."""
    return Context(kind, stage, common, feed, validate, scratch, Log())


def recipe(kind, params, precision, norm="batch", content=mse):
    """The recipe of a kind of training for new networks, the same at every call."""
    keras.utils.set_random_seed(0)
    common = {"scale": 4, "blocks": 1, "filters": 4, "norm": norm, "skip": "none", "dtype": precision}
    if norm == "virtual":
        common["reference"] = (2, 8, 8, 3)
    generator = build_generator(**common)
    set_reference(generator, np.random.default_rng(0).uniform(size=(2, 8, 8, 3)))
    judge = {"filters": 4, "norm": "batch", "head": "dense", "units": 8, "crop": 32, "dtype": precision}
    if kind == "unet":
        judge |= {"network": "unet", "norm": "spectral"}
    options = StepOptions(seed=3, precision=precision)
    if kind == "pretrain":
        return Pixel(params, generator, content, options)
    if kind == "wgan":
        return Wasserstein(params, generator, build_discriminator(**judge), content, options)
    return Adversarial(params, generator, build_discriminator(**judge), content, options)


def settings(name):
    """A stage's settings and the common ones; "unet" is gan against a U-Net."""
    params = load_params(REPOSITORY / "params.yaml")
    common = params.training.model_copy(update={"log_every": 4, "validate_every": 8, "checkpoint_every": 5})
    short = {"iterations": 18, "ema": 0.5, "lr_schedule": "cosine", "lr_warmup": 3}
    of_kind = {
        "wgan": {"n_critic": 2, "warmup_critic": 4, "warmup_iterations": 2, "warmup_every": 7, "constraint": "clip"},
        "unet": {
            "game": "relativistic",
            "weighting": "balanced",
            "adversarial_weight": 0.1,
            "discriminator_steps": 2,
            "discriminator_warmup": 3,
            "discriminator_penalty": 0.1,
            "pixel_weight": 0.1,
            "shift": 16,
            "population_from": 0.5,  # between the two interruptions
        },
    }
    stage = getattr(params, "gan" if name == "unet" else name)
    return stage.model_copy(update=short | of_kind.get(name, {})), common


def run_through(tmp_path, kind, precision="float32", stop_at=None, norm="batch", content=mse, number=signal.SIGTERM):
    """Train; with stop_at, send the process a signal in that iteration, once."""
    stage, common = settings(kind)
    this = recipe(kind, stage, precision, norm, content)
    log = Log()
    if stop_at is not None:
        step = this.step

        def stopping(iteration, batches):
            if iteration == stop_at:
                os.kill(os.getpid(), number)
            return step(iteration, batches)

        this.step = stopping
    with Scratch(tmp_path / "scratch", kind, "key") as scratch:
        rows = train(this, Context(kind, stage, common, feed, lambda i: {"psnr_y": float(i)}, scratch, log))
    return this, rows, log
