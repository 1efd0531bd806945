"""Detect a diverged run, by figures or weights that are not finite, or by images far outside their range.

A learning rate that is far too high need not lead to NaN: it bounds Adam's steps, so weights can grow to 1e4 while the
loss stays finite. The size of a loss says nothing, because features and critics have any scale. But images have a
range: HR lies in [-1, 1]. A run is stopped if, in the mean over the iterations since the last point of the curves,

* the error of SR is more than three times that range (train_psnr below -10 dB), and
* it was a hundred times smaller before (40 dB), if only at the first iteration.

A new network of the paper's size has at least 2 dB even without normalisation and skip. If another network starts far
below, the second condition gives it time. An MSE that grows by 1e6 (60 dB) meets both from any image under 50 dB.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from srgan.errors import UserError
from srgan.params import StageSettings

FLOOR_DB = -10.0
FALL_DB = 40.0
# Figure or network -> the settings that influence it most, if the stage has them; its lr always does.
BEHIND = {
    "adversarial_loss": ("adversarial_weight", "critic_lr", "discriminator_lr"),
    "weight": ("adversarial_weight", "critic_lr", "discriminator_lr"),
    "discriminator_loss": ("discriminator_lr",),
    "critic_loss": ("critic_lr",),
    "discriminator": ("discriminator_lr",),
    "wasserstein": ("critic_lr",),
    "critic": ("critic_lr",),
    "content_loss": ("content_weight",),
}


def finite_figures(
    name: str, settings: StageSettings, window: Sequence[Mapping[str, Any]], done: int
) -> list[dict[str, float]]:
    """The figures of the last iterations as numbers; this waits for the device.

    Args:
        name: the stage's name.
        settings: the stage's.
        window: figures of consecutive iterations.
        done: number of the last of them, from 1.

    Raises:
        UserError: one is not finite; the message says which was the first, when, and what to lower.
    """
    numbers = [{key: float(value) for key, value in step.items()} for step in window]
    for iteration, step in enumerate(numbers, start=done - len(numbers) + 1):
        # PSNR is infinite for equal images. The loss is the sum of the terms: named only if all terms are finite.
        lost = [key for key, value in step.items() if not math.isfinite(value) and key != "train_psnr"]
        if terms := [key for key in lost if key != "loss"] or lost:
            raise _diverged(name, settings, terms, f"became infinite or not a number at iteration {iteration}")
    return numbers


def check_images(name: str, settings: StageSettings, psnr: float, best: float, done: int) -> None:
    """Stop a run whose images have diverged.

    Args:
        name: the stage's name.
        settings: the stage's.
        psnr: train_psnr, the mean of the iterations since the last row, in dB.
        best: the highest train_psnr of the rows before, or of the first iteration.
        done: iterations done.

    Raises:
        UserError: see the module.
    """
    if psnr < min(FLOOR_DB, best - FALL_DB):
        event = f"fell from {best:.0f} to {psnr:.0f} dB by iteration {done}: the images have exploded"
        raise _diverged(name, settings, ["train_psnr"], event)


def check_weights(name: str, settings: StageSettings, variables: Mapping[str, keras.Variable], done: int) -> None:
    """Refuse infinite or undefined weights, before the networks are measured, saved or written.

    An update can produce them although its figures were finite.

    Raises:
        UserError: naming the networks and optimizers.
    """
    lost = {
        key.partition("/")[0]
        for key, variable in variables.items()
        if not np.isfinite(np.asarray(variable.value)).all()
    }
    if lost:
        raise _diverged(name, settings, sorted(lost), f"became infinite or not a number by the end of iteration {done}")


def _diverged(name: str, settings: StageSettings, what: list[str], event: str) -> UserError:
    terms = [term.removesuffix("_optimizer") for term in what]  # a network's optimizer has its learning rate
    behind = dict.fromkeys(key for term in terms for key in BEHIND.get(term, ()) if hasattr(settings, key))
    lower = " or ".join(f"{name}.{key}" for key in ("lr", *behind))
    return UserError(
        f"{name}: {', '.join(what)} {event}; a run with other settings starts from iteration 0. Lower {lower} and run "
        "again"
    )
