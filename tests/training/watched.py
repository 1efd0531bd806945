"""What a stage's run went through, to be compared with what its settings say."""

from typing import NamedTuple

import numpy as np

from srgan.recipes.recipe import Recipe
from srgan.tracking import runs

SHORT = {"iterations": 3, "training.validate_every": 3}


class Pictures(runs.NoRun):
    """Stands where the MLflow run does and keeps the pictures it is given."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.found = {}

    def log_image(self, key, image, step):
        self.found[key, step] = image


class Ran(NamedTuple):
    """What a run went through."""

    started: dict[str, list[np.ndarray]]  # role: the network's weights before the first iteration
    history: list[list[np.ndarray]]  # the generator's weights then, and after each iteration
    recipe: Recipe
    pictures: dict[tuple[str, int], np.ndarray]  # (name, iteration): what was validated


def values(network):
    """Its weights, as they are now."""
    return [weight.numpy() for weight in network.weights]


def same(first, second):
    """Whether two lists of weights are the same."""
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
