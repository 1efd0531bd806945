"""Learning-rate schedules against their formulas."""

import math

import pytest

from srgan.params import load_params
from srgan.training.schedule import learning_rate_factor, warmup_factor


def stage(repository, **changes):
    return load_params(repository / "params.yaml").pretrain.model_copy(update={"iterations": 1000, **changes})


def test_constant(repository):
    settings = stage(repository, lr_schedule="constant")
    assert {learning_rate_factor(settings, i) for i in (0, 500, 999)} == {1.0}


def test_steps_fall_at_their_fraction_of_the_run(repository):
    """The paper's 1e-4 for half of the run, then 1e-5."""
    settings = stage(repository, lr_schedule="steps", lr_drop_at=[0.5, 0.75], lr_drop_factor=0.1)
    factors = [learning_rate_factor(settings, i) for i in (0, 499, 500, 749, 750, 999)]
    assert factors == pytest.approx([1, 1, 0.1, 0.1, 0.01, 0.01])


def test_cosine(repository):
    settings = stage(repository, lr_schedule="cosine")
    for i in (0, 250, 500, 999):
        assert learning_rate_factor(settings, i) == pytest.approx((1 + math.cos(math.pi * i / 1000)) / 2)
    assert learning_rate_factor(settings, 0) == 1.0


@pytest.mark.parametrize("schedule", ["constant", "steps", "cosine"])
def test_warmup_rises_from_above_zero_beside_the_schedule(repository, schedule):
    settings = stage(repository, lr_schedule=schedule, lr_warmup=99)
    without = stage(repository, lr_schedule=schedule)
    assert [warmup_factor(settings, i) for i in (0, 49, 99, 500)] == [pytest.approx(0.01), pytest.approx(0.5), 1, 1]
    assert warmup_factor(without, 0) == 1
    for i in (0, 49, 999):
        assert learning_rate_factor(settings, i) == learning_rate_factor(without, i)
