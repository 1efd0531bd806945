"""The training loop, one for all recipes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import FrameType
from typing import Any

import numpy as np

from srgan.data.batches import Batch
from srgan.models.generator import refresh_reference
from srgan.params import Stage, Training
from srgan.tracking import Run
from srgan.training.checkpoint import Scratch
from srgan.training.divergence import as_numbers, check_images, check_weights
from srgan.training.progress import Progress
from srgan.training.recipe import Recipe
from srgan.training.schedule import learning_rate_factor, warmup_factor

STDERR = 2  # the file descriptor
Row = dict[str, float]  # figures of one point of the curves
Feed = Callable[[int, int], Iterator[Batch]]  # (first batch, how many)
Validate = Callable[[int], Row]  # (iteration)


class Stopped(KeyboardInterrupt):
    """A signal asked the run to stop; its state is saved."""


def train(
    name: str,
    recipe: Recipe,
    stage: Stage,
    settings: Training,
    *,
    feed: Feed,
    validate: Validate,
    scratch: Scratch,
    run: Run,
    chief: bool = True,
) -> list[Row]:
    """Run a recipe to its last iteration, from the scratch's newest checkpoint if it has one.

    Args:
        name: the stage's name.
        recipe: networks, optimizers and the step.
        stage: the stage's settings.
        settings: the settings all stages share.
        feed: gives any stretch of the run's batches.
        validate: measures the trained generator.
        scratch: where checkpoints go.
        run: the MLflow run.
        chief: shows how far it is; of several processes that train together one does.

    Returns:
        The curves: a row of figures for every log_every iterations.

    Raises:
        UserError: the run has diverged, or a checkpoint cannot be written.
        Stopped: SIGTERM or SIGINT came.
    """
    restored = scratch.restore(recipe.variables())
    start, record = restored or (0, {"rows": [], "window": []})
    rows: list[Row] = record["rows"]
    window: list[Any] = record["window"]  # figures of the iterations since the last row
    first = recipe.batches_before(start)
    batches = feed(first, recipe.batches_before(stage.iterations) - first)
    progress = Progress(name, start, stage.iterations, shown=chief)
    if restored and chief:
        print(f"{name}: continues after iteration {start}")
    run.log_rows([_step_and_figures(row) for row in rows])  # those that the store missed; it skips the others

    with _StopSignals(
        f"{name}: stops after this iteration; once more to stop now, back at the last checkpoint"
    ) as stop:
        for iteration in range(start, stage.iterations):
            factor, warmup = learning_rate_factor(stage, iteration), warmup_factor(stage, iteration)
            recipe.set_learning_rate(factor, warmup)
            window.append(recipe.step(iteration, batches))
            progress.advance()

            done = iteration + 1
            last = done == stage.iterations
            log = last or done % settings.log_every == 0
            measure = last or done % settings.validate_every == 0
            save = last or stop.requested or done % settings.checkpoint_every == 0
            if log or save:
                window = as_numbers(name, stage, window, done)
                means = {key: float(np.mean([step[key] for step in window])) for key in window[0]}
                best = max([row["train_psnr"] for row in rows] or [window[0]["train_psnr"]])
                check_images(name, stage, means["train_psnr"], best, done)
            if measure or save:
                check_weights(name, stage, recipe.variables(), done)
            if log:
                row = {"iteration": done, "lr": stage.lr * factor * warmup} | means
                if measure:
                    refresh_reference(recipe.trained)
                    row |= validate(done)
                rows.append(row)
                window = []
                run.log_rows([_step_and_figures(row)])
                progress.report({key: row[key] for key in ("loss", "train_psnr", "psnr_y") if key in row})
            if save:
                scratch.save(done, recipe.variables(), {"rows": rows, "window": window})
            if stop.requested and not last:
                progress.close()
                raise Stopped(f"{name}: stopped after iteration {done}; `dvc repro` continues from there")
    progress.close()
    return rows


def _step_and_figures(row: Row) -> tuple[int, Row]:
    return int(row["iteration"]), {key: value for key, value in row.items() if key != "iteration"}


class _StopSignals:
    """Turns the first SIGTERM or SIGINT into a request that the loop sees after the iteration, and says so."""

    def __init__(self, notice: str) -> None:
        self.requested = False
        self.notice = notice

    def __enter__(self) -> _StopSignals:
        self.before = {number: signal.signal(number, self._ask) for number in (signal.SIGTERM, signal.SIGINT)}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def _ask(self, number: int, _: FrameType | None) -> None:
        self.requested = True
        signal.signal(number, self.before[number])  # a second one is obeyed at once
        with suppress(OSError):  # nobody is listening; not print, which could be what was interrupted
            os.write(STDERR, f"\n{self.notice}\n".encode())
