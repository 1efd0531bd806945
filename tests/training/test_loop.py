"""The loop: an interrupted run ends as an uninterrupted one, and a diverging one stops."""

import os
import signal
import time
from contextlib import contextmanager
from typing import ClassVar

import keras
import numpy as np
import pytest
import tensorflow as tf

from srgan.data.batches import Batch
from srgan.errors import UserError
from srgan.losses.content import content_loss
from srgan.losses.pixel import mse
from srgan.models.discriminator import build_discriminator
from srgan.models.generator import build_generator
from srgan.models.normalisation import refresh_reference, set_reference
from srgan.params import load_params
from srgan.recipes.adversarial import Adversarial
from srgan.recipes.pixel import Pixel
from srgan.recipes.recipe import StepOptions
from srgan.recipes.wasserstein import Wasserstein
from srgan.sources.vgg_weights import write_random
from srgan.training.checkpoint import Scratch, checkpoints
from srgan.training.loop import Context, Stopped, train


class Log:
    """Stands where the MLflow run does and keeps what it is given."""

    def __init__(self):
        self.rows = {}

    def log_rows(self, rows):
        self.rows |= {step: dict(figures) for step, figures in rows}


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


def context(kind, stage, common, scratch, feed=feed, validate=lambda _: {}):
    """What a training runs in; its figures are not looked at."""
    return Context(kind, stage, common, feed, validate, scratch, Log())


@pytest.fixture(scope="session")
def vgg19(tmp_path_factory):
    """A VGG19 with random weights."""
    path = tmp_path_factory.mktemp("vgg") / "vgg19.h5"
    write_random(path, seed=5)
    return path


def recipe(kind, params, precision, norm="batch", content=mse):
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


@pytest.fixture
def settings(repository):
    """A function giving a short stage's settings and the common ones."""
    params = load_params(repository / "params.yaml")
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
            "pixel_weight": 0.1,
            "shift": 16,
            "population_from": 0.5,  # between the two interruptions
        },
    }
    return lambda name: (
        getattr(params, "gan" if name == "unet" else name).model_copy(update=short | of_kind.get(name, {})),
        common,
    )


def run_through(
    tmp_path, kind, settings, precision="float32", stop_at=None, norm="batch", content=mse, number=signal.SIGTERM
):
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


KINDS = ("pretrain", "gan", "vgg", "wgan")
CASES = [(kind, precision, "batch") for precision in ("float32", "mixed_bfloat16") for kind in KINDS]
CASES += [("gan", "float32", "virtual")]
CASES += [("unet", precision, "batch") for precision in ("float32", "mixed_bfloat16")]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "precision", "norm"), CASES)
def test_an_interrupted_run_ends_bit_for_bit_as_an_uninterrupted_one(
    tmp_path, settings, vgg19, kind, precision, norm, heard, capfd
):
    content = content_loss("vgg12", None, {"vgg19": vgg19}, precision) if kind == "vgg" else mse
    with determinism():
        whole, rows, log = run_through(tmp_path / "whole", kind, settings, precision, norm=norm, content=content)
        folder = tmp_path / "parts"
        for stop_at, number in ((2, signal.SIGTERM), (14, signal.SIGINT)):
            with pytest.raises(Stopped, match=f"{kind}: stopped after iteration {stop_at + 1};"):
                run_through(folder, kind, settings, precision, stop_at, norm, content, number)
            assert f"{kind}: stops after this iteration; signal again to stop now" in capfd.readouterr().err
        parts, rows_again, log_again = run_through(folder, kind, settings, precision, norm=norm, content=content)
    assert rows_again == rows
    assert log_again.rows == log.rows
    for name, variable in whole.variables().items():
        np.testing.assert_array_equal(variable.numpy(), parts.variables()[name].numpy(), err_msg=name)
    assert len(rows) == 5
    assert [row["iteration"] for row in rows] == [4, 8, 12, 16, 18]
    assert [row.get("psnr_y") for row in rows] == [None, 8.0, None, 16.0, 18.0]


@pytest.fixture
def heard():
    """SIGINT is not ignored, as it is for what a script starts in its background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.slow
def test_a_run_whose_newest_checkpoint_is_damaged_ends_bit_for_bit_the_same(tmp_path, settings):
    with determinism():
        whole, _, _ = run_through(tmp_path / "whole", "pretrain", settings)
        for stop_at in (2, 9):
            with pytest.raises(Stopped):
                run_through(tmp_path / "parts", "pretrain", settings, stop_at=stop_at)
        newest = checkpoints(tmp_path / "parts/scratch/pretrain-key")[0]
        newest.write_bytes(newest.read_bytes()[:1000])
        parts, _, _ = run_through(tmp_path / "parts", "pretrain", settings)
    for name, variable in whole.variables().items():
        np.testing.assert_array_equal(variable.numpy(), parts.variables()[name].numpy(), err_msg=name)


def test_the_curves_are_means_of_the_iterations_since_the_point_before(tmp_path, settings):
    """Also of those that a checkpoint between two points has taken over."""
    stage, common = settings("pretrain")
    this = recipe("pretrain", stage, "float32")
    this.step = lambda iteration, _: {"loss": float(iteration), "train_psnr": 20.0}
    with Scratch(tmp_path, "pretrain", "key") as scratch:
        rows = train(this, context("pretrain", stage, common, scratch))
        assert [row["loss"] for row in rows] == [1.5, 5.5, 9.5, 13.5, 16.5]
        _, record = scratch.restore(this.variables())
        again = {"rows": rows[:1], "window": [{"loss": 4.0, "train_psnr": 20.0}]}
        scratch.save(5, this.variables(), again)
        for newer in checkpoints(scratch.folder)[:-1]:
            newer.unlink()
        rows = train(this, context("pretrain", stage, common, scratch))
    assert record["window"] == []
    assert [row["loss"] for row in rows] == [1.5, 5.5, 9.5, 13.5, 16.5]


def test_a_signal_during_a_validation_costs_no_iteration(tmp_path, settings):
    stage, common = settings("pretrain")
    this = recipe("pretrain", stage, "float32")
    this.step = lambda *_: {"loss": 1.0, "train_psnr": 20.0}

    def validate(iteration):
        if iteration == 8:
            os.kill(os.getpid(), signal.SIGTERM)
        return {}

    with Scratch(tmp_path, "pretrain", "key") as scratch:
        with pytest.raises(Stopped, match="pretrain: stopped after iteration 9;"):
            train(this, context("pretrain", stage, common, scratch, validate=validate))
        assert scratch.restore(this.variables())[0] == 9


@pytest.mark.parametrize(("kind", "first", "count"), [("pretrain", 5, 13), ("wgan", 2 * 4 + 3 * 2, 13 * 2 + 2 * 2)])
def test_a_run_that_goes_on_takes_the_batches_after_those_it_has_taken(tmp_path, settings, kind, first, count):
    """wgan: 2 batches an iteration, but 4 in iterations 0 and 1, and in 7 and 14."""
    stage, common = settings(kind)
    this = recipe(kind, stage, "float32")
    this.step = lambda *_: {"loss": 1.0, "train_psnr": 20.0}
    asked = []

    def recorded(*stretch):
        asked.append(stretch)
        return feed(*stretch)

    with Scratch(tmp_path, kind, "key") as scratch:
        scratch.save(5, this.variables(), {"rows": [], "window": []})
        train(this, context(kind, stage, common, scratch, feed=recorded))
    assert asked == [(first, count)]


def test_what_is_measured_has_the_statistics_of_its_own_weights(tmp_path, settings):
    """With virtual batch normalisation: the average's weights are not those that any training pass has seen."""
    stage, common = settings("pretrain")
    this = recipe("pretrain", stage, "float32", norm="virtual")

    def step(iteration, _):
        for weight in this.result.trainable_variables:
            weight.assign(weight * 1.1)
        return {"loss": 1.0, "train_psnr": 20.0}

    this.step = step

    def validate(_):
        statistics = [weight.numpy() for weight in this.result.non_trainable_variables]
        refresh_reference(this.result)
        for found, weight in zip(statistics, this.result.non_trainable_variables, strict=True):
            np.testing.assert_allclose(found, weight.numpy(), rtol=1e-5, atol=1e-6)
        return {}

    with Scratch(tmp_path, "pretrain", "key") as scratch:
        train(this, context("pretrain", stage, common, scratch, validate=validate))


def test_at_iteration_80000_a_run_continues_within_seconds(tmp_path, settings):
    stage, common = settings("pretrain")
    stage = stage.model_copy(update={"iterations": 80_001})
    this = recipe("pretrain", stage, "float32")
    rows = [{"iteration": done, "lr": 1e-4, "loss": 0.1, "train_psnr": 20.0} for done in range(10, 80_001, 10)]
    with Scratch(tmp_path, "pretrain", "key") as scratch:
        scratch.save(80_000, this.variables(), {"rows": rows, "window": []})
        began = time.perf_counter()
        found = train(this, context("pretrain", stage, common, scratch))
        # Most of it is the step's trace, as at iteration 0; on a busy machine that takes ten seconds.
        assert time.perf_counter() - began < 40
    assert found[:-1] == rows
    assert found[-1]["iteration"] == 80_001


def test_a_loss_that_is_not_finite_stops_the_run_and_keeps_the_last_checkpoint(tmp_path, settings):
    stage, common = settings("pretrain")
    this = recipe("pretrain", stage, "float32")

    def poisoned(start, count):
        for number, batch in enumerate(feed(start, count), start=start):
            yield Batch(batch.lr, batch.hr * (np.nan if number == 13 else 1))

    with Scratch(tmp_path, "pretrain", "key") as scratch:
        with pytest.raises(UserError, match=r"pretrain: content_loss became .* at iteration 14; .*pretrain\.lr"):
            train(
                this,
                context("pretrain", stage, common, scratch, feed=poisoned),
            )
        iteration, _ = scratch.restore(this.variables())
    assert iteration == 10
    assert all(np.isfinite(variable.numpy()).all() for variable in this.variables().values())


# Too high for anything to come of it. Adam's bounded steps keep the loss finite; RMSprop's in wgan, too.
@pytest.mark.parametrize("kind", ["pretrain", "gan", "wgan"])
@pytest.mark.parametrize("lr", [1.0, 1e3, 1e30])
def test_a_learning_rate_that_diverges_stops_the_run_within_a_logging_interval(tmp_path, settings, kind, lr):
    stage, common = settings(kind)
    sane = stage.model_copy(update={"lr_schedule": "constant", "lr_warmup": 0, "ema": 0.0})
    this = recipe(kind, sane, "float32")
    this.learning_rates["generator"] = (this.optimizer, 1e-4)
    diverges_at = 6
    advance = this.step

    def step(iteration, batches):
        this.optimizer.learning_rate = lr if iteration >= diverges_at else 1e-4
        return advance(iteration, batches)

    this.step = step
    with Scratch(tmp_path, kind, "key") as scratch:
        with pytest.raises(UserError, match=rf"{kind}: .*with other settings it starts anew\. Lower {kind}\.lr"):
            train(this, context(kind, sane, common, scratch))
        iteration, record = scratch.restore(this.variables())
    assert iteration == 5
    assert len(record["rows"]) == 1  # the row of iteration 8 was not to be


def test_weights_that_go_with_sound_figures_are_neither_measured_nor_saved(tmp_path, settings):
    stage, common = settings("pretrain")
    this = recipe("pretrain", stage, "float32")
    advance = this.step

    def step(iteration, batches):
        figures = advance(iteration, batches)
        if iteration == 7:  # the update of the 8th iteration, whose figures were taken before
            this.generator.trainable_variables[0].assign(this.generator.trainable_variables[0] * np.inf)
        return figures

    this.step = step
    measured = []
    with Scratch(tmp_path, "pretrain", "key") as scratch:
        with pytest.raises(UserError, match=r"pretrain: generator became infinite .* by the end of iteration 8; "):
            train(
                this,
                context("pretrain", stage, common, scratch, validate=measured.append),
            )
        assert scratch.restore(this.variables())[0] == 5
    assert measured == []


def test_a_full_disk_stops_the_run_and_when_there_is_room_it_goes_on_to_the_same_end(tmp_path, settings, disk):
    place = disk("size=2m")
    with determinism():
        whole, rows, _ = run_through(tmp_path / "whole", "pretrain", settings)
        with pytest.raises(Stopped):
            run_through(place, "pretrain", settings, stop_at=2)
        free = os.statvfs(place).f_bavail * os.statvfs(place).f_frsize
        (place / "filler").write_bytes(bytes(free - 8192))
        with pytest.raises(UserError, match=r"checkpoint of iteration 5 cannot be written \(No space left on device\)"):
            run_through(place, "pretrain", settings)
        (place / "filler").unlink()
        parts, rows_again, _ = run_through(place, "pretrain", settings)
    assert rows_again == rows
    for name, variable in whole.variables().items():
        np.testing.assert_array_equal(variable.numpy(), parts.variables()[name].numpy(), err_msg=name)


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
        return {"loss": Pending(), "train_psnr": Pending()}

    this.step = step
    with Scratch(tmp_path, "pretrain", "key") as scratch:
        train(this, context("pretrain", stage, common, scratch))
    assert set(Pending.waited_at) == {4, 5, 8, 10, 12, 15, 16, 18}  # log_every 4, checkpoint_every 5, the end


def test_the_curves_have_the_rate_that_the_generator_is_trained_at(tmp_path, settings):
    """With its warm-up."""
    stage, common = settings("pretrain")
    this, rates = recipe("pretrain", stage, "float32"), []

    def step(*_):
        rates.append(float(this.optimizer.learning_rate))
        return {"loss": 1.0, "train_psnr": 20.0}

    this.step = step
    with Scratch(tmp_path, "pretrain", "key") as scratch:
        rows = train(this, context("pretrain", stage, common.model_copy(update={"log_every": 1}), scratch))
    assert [row["lr"] for row in rows] == pytest.approx(rates)
