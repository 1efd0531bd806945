"""A training in parts: each goes on from the networks and in the data where the one before ended."""

import json
import shutil
from pathlib import Path

import numpy as np

from srgan.data.batches import batches
from srgan.inference.interpolate import interpolate_networks
from srgan.models.weights import load_generator, load_network
from srgan.params import load_params
from srgan.training.stage import TrainingStage
from tests.training.watched import SHORT, same, values


def test_a_further_leg_goes_on_in_the_data_where_the_one_before_ended(run, project, tmp_path):
    run("pretrain", SHORT)
    params = load_params()
    Path("models/pretrain").rename(tmp_path / "leg1")
    stage = TrainingStage("pretrain", project("pretrain", SHORT | {"init": str(tmp_path / "leg1")}))
    fifth = list(batches("data/patches", batch_size=4, crop=32, seed=params.seed, count=5))[4]
    second_of_the_leg = list(stage._feed(0, 2))[1]
    np.testing.assert_array_equal(second_of_the_leg.hr, fifth.hr)


def test_a_long_training_goes_on_in_legs(run, tmp_path):
    """From a folder outside the pipeline, with a network's weights; another's weights are another run."""
    run("pretrain", SHORT)
    first = values(load_generator(Path("models/pretrain")))
    Path("models/pretrain").rename(tmp_path / "leg1")
    ran = run("pretrain", SHORT | {"init": str(tmp_path / "leg1")})
    assert same(ran.started["generator"], first)
    Path("models/pretrain").rename(tmp_path / "leg2")
    run("pretrain", SHORT | {"init": str(tmp_path / "leg2"), "batch_size": 2})
    third = json.loads(Path("models/pretrain/model.json").read_text())["trained"]
    assert (third["from"], third["iterations"], third["batch_size"]) == ("leg2", 3, 2)
    assert (third["earlier_iterations"], third["earlier_crops"]) == (6, 24)
    interpolate_networks(tmp_path / "leg1", tmp_path / "leg2", 0.5, tmp_path / "mean")
    run("pretrain", SHORT | {"init": str(tmp_path / "mean")})
    fourth = json.loads(Path("models/pretrain/model.json").read_text())["trained"]
    assert (fourth["earlier_iterations"], fourth["earlier_crops"]) == (6, 24)


def test_a_leg_takes_the_discriminator_over_too(run, tmp_path):
    run("gan", SHORT)
    saved = {role: values(load_network(Path("models/gan"), role)) for role in ("generator", "discriminator")}
    Path("models/gan").rename(tmp_path / "leg1")
    ran = run("gan", SHORT | {"init": str(tmp_path / "leg1")})
    for role, weights in saved.items():
        assert same(ran.started[role], weights), role


def test_other_weights_in_the_same_folder_are_another_run(run, tmp_path):
    """DVC does not watch a folder outside of the repository, so the scratch has to."""
    run("pretrain", SHORT)
    Path("models/pretrain").rename(tmp_path / "leg")
    again = SHORT | {"init": str(tmp_path / "leg")}
    assert len(run("pretrain", again).history) == 1 + 3
    assert len(run("pretrain", again).history) == 1  # not recorded by DVC: it goes on at its end
    shutil.rmtree(tmp_path / "leg")
    Path("models/pretrain").rename(tmp_path / "leg")
    assert len(run("pretrain", again).history) == 1 + 3
