"""The training loop, one for all recipes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from srgan.data.batches import Batch
from srgan.interrupt import StopSignals
from srgan.models.normalisation import refresh_reference
from srgan.params import StageSettings, TrainingSettings
from srgan.progress import Progress
from srgan.recipes.recipe import Recipe
from srgan.tracking.runs import Run
from srgan.training.checkpoint import Scratch
from srgan.training.divergence import check_images, check_weights, finite_figures
from srgan.training.schedule import learning_rate_factor, warmup_factor

Row = dict[str, float]  # figures of one point of the curves
Feed = Callable[[int, int], Iterator[Batch]]  # (first batch, how many)
Validate = Callable[[int], Row]  # (iteration)


class Stopped(KeyboardInterrupt):
    """A signal asked the run to stop; its state is saved."""


@dataclass(frozen=True)
class Context:
    """Everything that a training needs besides the recipe."""

    stage: str  # its name
    settings: StageSettings
    training: TrainingSettings  # what all stages share
    feed: Feed  # gives any stretch of the run's batches
    validate: Validate  # measures the trained generator
    scratch: Scratch  # where checkpoints go
    run: Run  # MLflow's
    chief: bool = True  # shows the progress; of several processes that train together, only one does


def train(recipe: Recipe, context: Context) -> list[Row]:
    """Run a recipe to its last iteration, from the scratch's newest checkpoint if it has one.

    Args:
        recipe: networks, optimizers and the step.
        context: settings, data, validation, and where checkpoints and figures go.

    Returns:
        The curves: a row of figures for every log_every iterations.

    Raises:
        UserError: the run has diverged, or a checkpoint cannot be written.
        Stopped: SIGTERM or SIGINT came.
    """
    name, settings, training = context.stage, context.settings, context.training
    restored = context.scratch.restore(recipe.variables())
    start, record = restored or (0, {"rows": [], "window": []})
    rows: list[Row] = record["rows"]
    window: list[Any] = record["window"]  # figures of the iterations since the last row
    first = recipe.batches_before(start)
    batches = context.feed(first, recipe.batches_before(settings.iterations) - first)
    if restored and context.chief:
        print(f"{name}: continues after iteration {start}")
    context.run.log_rows([_step_and_figures(row) for row in rows])  # rows that the store lacks; it skips the others

    notice = f"{name}: stops after this iteration; signal again to stop now and fall back to the last checkpoint"
    with (
        Progress(name, settings.iterations, start=start, shown=context.chief) as progress,
        StopSignals(notice) as stop,
    ):
        for iteration in range(start, settings.iterations):
            factor, warmup = learning_rate_factor(settings, iteration), warmup_factor(settings, iteration)
            recipe.set_learning_rate(factor, warmup)
            window.append(recipe.step(iteration, batches))
            progress.advance()

            done = iteration + 1
            last = done == settings.iterations
            log = last or done % training.log_every == 0
            measure = last or done % training.validate_every == 0
            stopping = stop.requested  # asked once: a signal during a validation acts after the next iteration
            save = last or stopping or done % training.checkpoint_every == 0
            if log or save:
                window = finite_figures(name, settings, window, done)
                means = {key: float(np.mean([step[key] for step in window])) for key in window[0]}
                best = max([row["train_psnr"] for row in rows] or [window[0]["train_psnr"]])
                check_images(name, settings, means["train_psnr"], best, done)
            if measure or save:
                check_weights(name, settings, recipe.variables(), done)
            if log:
                row = {"iteration": done, "lr": settings.lr * factor * warmup} | means
                if measure:
                    refresh_reference(recipe.result)
                    row |= context.validate(done)
                rows.append(row)
                window = []
                context.run.log_rows([_step_and_figures(row)])
                progress.report({key: row[key] for key in ("loss", "train_psnr", "psnr_y") if key in row})
            if save:
                context.scratch.save(done, recipe.variables(), {"rows": rows, "window": window})
            if stopping and not last:
                raise Stopped(f"{name}: stopped after iteration {done}; `dvc repro` continues from there")
    return rows


def _step_and_figures(row: Row) -> tuple[int, Row]:
    return int(row["iteration"]), {key: value for key, value in row.items() if key != "iteration"}
