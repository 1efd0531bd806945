"""The iterations of a training in parts."""

import pytest

from srgan.training.history import last_stage, learned

PART = {"stage": "gan", "iterations": 500, "batch_size": 8}


def mean(*parts):
    return {"interpolated": list(parts), "alpha": 0.5}


@pytest.mark.parametrize(
    ("trained", "iterations", "crops"),
    [
        ({}, 0, 0),
        (PART, 500, 4000),
        (PART | {"earlier_iterations": 1500}, 2000, 16000),
        (PART | {"earlier_iterations": 1500, "earlier_crops": 24000}, 2000, 28000),
        (PART | {"stage": "pretrain"}, 0, 0),
        (mean(PART, PART | {"earlier_iterations": 500}), 1000, 8000),
        (mean(PART | {"stage": "pretrain"}, mean(None, PART)), 500, 4000),
    ],
)
def test_parts_are_counted_together(trained, iterations, crops):
    assert learned(trained, "gan") == (iterations, crops)


def test_a_mean_of_means_came_out_of_the_stage_of_the_last():
    assert last_stage(PART) == "gan"
    assert last_stage(mean(PART, mean(PART, PART | {"stage": "vgg"}))) == "vgg"
