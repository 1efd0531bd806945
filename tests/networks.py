"""Networks for tests: descriptions with random weights everywhere, also where training starts from zeros."""

import numpy as np

from srgan.models.architecture import layer_shapes

SMALL = {"scale": 4, "blocks": 2, "filters": 8, "norm": "batch", "skip": "bicubic"}


def random_network(**changes):
    """A description, and arrays of such sizes that values stay near 1 through the whole network."""
    description = SMALL | changes
    if description["norm"] == "virtual":
        description["reference"] = [3, 6, 6, 3]
    rng = np.random.default_rng(0)

    def values(name, number, shape):
        if len(shape) == 4:  # a kernel, or the reference batch
            return rng.normal(0, 1 / np.sqrt(np.prod(shape[:3])), shape)
        if "norm" in name and number in (0, 3):  # gamma, variance
            return rng.uniform(0.5, 1.5, shape)
        return rng.normal(0, 0.2, shape)

    weights = {
        name: [values(name, number, shape).astype("float32") for number, shape in enumerate(shapes)]
        for name, shapes in layer_shapes(description).items()
    }
    return description, weights
