"""The learning rate over a run, as a pure function of the iteration, so that a checkpoint need not hold it."""

from __future__ import annotations

import math

from srgan.params import StageSettings


def learning_rate_factor(settings: StageSettings, iteration: int) -> float:
    """The factor of all learning rates of the stage at an iteration, in (0, 1].

    `constant`: 1. `steps`: times lr_drop_factor after each fraction of the run in lr_drop_at. `cosine`: half a cosine
    from 1 to 0 (Loshchilov & Hutter 1608.03983, one cycle).

    Args:
        settings: the stage's.
        iteration: from 0.
    """
    progress = iteration / settings.iterations
    match settings.lr_schedule:
        case "steps":
            return settings.lr_drop_factor ** sum(progress >= at for at in settings.lr_drop_at)
        case "cosine":
            return 0.5 * (1.0 + math.cos(math.pi * progress))
        case _:
            return 1.0


def warmup_factor(settings: StageSettings, iteration: int) -> float:
    """A further factor of the generator's learning rate, which rises linearly to 1 over lr_warmup iterations."""
    return min(1.0, (iteration + 1) / (settings.lr_warmup + 1))
