"""A run that diverges stops, and keeps what it had before."""

import numpy as np
import pytest

from srgan.data.batches import Batch
from srgan.errors import UserError
from srgan.training.checkpoint import Scratch
from srgan.training.loop import train
from tests.training.short_runs import context, feed, recipe, settings


def test_a_loss_that_is_not_finite_stops_the_run_and_keeps_the_last_checkpoint(tmp_path):
    stage, common = settings("pretrain")
    this = recipe("pretrain", stage, "float32")

    def poisoned(start, count):
        for number, batch in enumerate(feed(start, count), start=start):
            yield Batch(batch.lr, batch.hr * (np.nan if number == 13 else 1))

    with Scratch(tmp_path, "pretrain", "key") as scratch:
        with pytest.raises(UserError, match=r"pretrain: content_loss became .* at iteration 14; .*pretrain\.lr"):
            train(this, context("pretrain", stage, common, scratch, feed=poisoned))
        iteration, _ = scratch.restore(this.variables())
    assert iteration == 10
    assert all(np.isfinite(variable.numpy()).all() for variable in this.variables().values())


# Too high for anything to come of it. Adam's bounded steps keep the loss finite; RMSprop's in wgan, too.
@pytest.mark.parametrize("kind", ["pretrain", "gan", "wgan"])
@pytest.mark.parametrize("lr", [1.0, 1e3, 1e30])
def test_a_learning_rate_that_diverges_stops_the_run_within_a_logging_interval(tmp_path, kind, lr):
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
        with pytest.raises(
            UserError, match=rf"{kind}: .*a run with other settings starts from iteration 0\. Lower {kind}\.lr"
        ):
            train(this, context(kind, sane, common, scratch))
        iteration, record = scratch.restore(this.variables())
    assert iteration == 5
    assert len(record["rows"]) == 1  # the row of iteration 8 was not to be


def test_weights_that_go_with_sound_figures_are_neither_measured_nor_saved(tmp_path):
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
            train(this, context("pretrain", stage, common, scratch, validate=measured.append))
        assert scratch.restore(this.variables())[0] == 5
    assert measured == []
