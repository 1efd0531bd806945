"""The iterations of a training in legs."""

import pytest

from srgan.training.legs import last_stage, learned

LEG = {"stage": "gan", "iterations": 500, "batch_size": 8}


def mean(*parts):
    return {"interpolated": list(parts), "alpha": 0.5}


@pytest.mark.parametrize(
    ("trained", "iterations", "crops"),
    [
        ({}, 0, 0),
        (LEG, 500, 4000),
        (LEG | {"earlier_iterations": 1500}, 2000, 16000),
        (LEG | {"earlier_iterations": 1500, "earlier_crops": 24000}, 2000, 28000),
        (LEG | {"stage": "pretrain"}, 0, 0),
        (mean(LEG, LEG | {"earlier_iterations": 500}), 1000, 8000),
        (mean(LEG | {"stage": "pretrain"}, mean(None, LEG)), 500, 4000),
    ],
)
def test_legs_are_counted_together(trained, iterations, crops):
    assert learned(trained, "gan") == (iterations, crops)


def test_a_mean_of_means_came_out_of_the_stage_of_the_last():
    assert last_stage(LEG) == "gan"
    assert last_stage(mean(LEG, mean(LEG, LEG | {"stage": "vgg"}))) == "vgg"
