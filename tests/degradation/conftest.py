"""What the tests of degraded LR share."""

import pytest

from srgan.params import load_params


@pytest.fixture(scope="module")
def settings(repository):
    """A function giving the section `degradation` with some settings changed, its last order's by their names."""
    section = load_params(repository / "params.yaml").degradation

    def change(orders, **changes):
        last = {name: changes.pop(name) for name in list(changes) if name in type(section.last).model_fields}
        return section.model_copy(
            update=changes | {"orders": orders, "last": section.last.model_copy(update=last)},
        )

    return change


@pytest.fixture
def nothing(settings):
    """The settings of one order that does nothing but shrink as the benchmarks do, and compress hardly."""
    directions = settings(1).last.resize.model_copy(update={"up": 0, "down": 0, "keep": 1})
    still = {"blur": 0, "resize": directions, "noise": (0, 0), "poisson": (0, 0), "jpeg": (100, 100), "final_sinc": 0}
    plain = {"interpolations": ["bicubic"], "antialias": True}
    return lambda orders=1, **changes: settings(orders, **plain | still | changes)
