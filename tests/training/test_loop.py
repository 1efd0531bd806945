"""The loop: what it feeds, measures and writes down, and when it waits."""

import os
import signal
from typing import ClassVar

import numpy as np
import pytest

from srgan.models.normalisation import refresh_reference
from srgan.training.checkpoint import Scratch, checkpoints
from srgan.training.loop import Stopped, train
from tests.training.short_runs import context, feed, recipe, settings


def test_the_curves_are_means_of_the_iterations_since_the_point_before(tmp_path):
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


def test_a_signal_during_a_validation_costs_no_iteration(tmp_path):
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
def test_a_run_that_goes_on_takes_the_batches_after_those_it_has_taken(tmp_path, kind, first, count):
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


def test_what_is_measured_has_the_statistics_of_its_own_weights(tmp_path):
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


class Pending:
    """A figure that the device has not computed yet: whoever asks for it waits."""

    waited_at: ClassVar[list[int]] = []
    taken = 0

    def __float__(self):
        Pending.waited_at.append(Pending.taken)
        return 1.0


def test_the_loop_waits_for_the_device_only_where_it_logs_or_saves(tmp_path):
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


def test_the_curves_have_the_rate_that_the_generator_is_trained_at(tmp_path):
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
