"""A stage of a few iterations: what it starts from, feeds, validates and saves, against what its settings say."""

import json
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

from srgan.data.appearance import appearance, summary
from srgan.data.batches import batches
from srgan.data.images import read_image, to_rgb
from srgan.data.resize import crop_to_multiple, shrink
from srgan.metrics.score import score
from srgan.models.generator import build_generator
from srgan.models.stored import read_model
from srgan.models.upscaler import upscaler
from srgan.models.weights import load_generator, load_network
from srgan.params import load_params
from srgan.training import stage as module
from srgan.training.stage import TrainingStage
from tests.training.watched import SHORT, Pictures, same, values


@pytest.mark.parametrize("seed", [1, 2])
def test_new_weights_are_those_of_the_seed_whatever_was_drawn_before(project, seed):
    params = project("pretrain", {}).model_copy(update={"seed": seed})
    keras.utils.set_random_seed(seed)
    expected = build_generator(scale=4, **params.generator.model_dump())
    keras.utils.set_random_seed(77)
    assert same(values(TrainingStage("pretrain", params).generator()), values(expected))
    other = TrainingStage("pretrain", params.model_copy(update={"seed": 3})).generator()
    assert not same(values(other), values(expected))


def test_as_many_threads_are_used_as_are_set(project, monkeypatch):
    asked = []
    monkeypatch.setattr(module, "make_reproducible", asked.append)
    TrainingStage("pretrain", project("pretrain", {"training.threads": 3}))
    assert asked == [3]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_data_are_those_of_the_seed(run, seed):
    """The run's first figure is that of the first batch as srgan.data.batches gives it for this seed."""
    run("pretrain", SHORT | {"seed": seed, "iterations": 1, "training.validate_every": 1})
    params = load_params()
    feed = batches("data/patches", batch_size=4, crop=32, seed=seed, count=1)
    batch = next(iter(feed))
    keras.utils.set_random_seed(seed)
    network = build_generator(scale=4, **params.generator.model_dump())
    error = np.mean(np.square(batch.hr - network(batch.lr, training=True)))
    assert pd.read_csv("results/curves/pretrain.csv").content_loss[0] == pytest.approx(error, rel=1e-5)


@pytest.mark.parametrize("ema", [0.0, 0.75])
def test_saved_and_validated_is_the_average_of_the_weights_where_there_is_one(run, ema):
    """average <- ema average + (1 - ema) weights after every iteration, from the first weights; ema 0: the weights."""
    ran = run("pretrain", SHORT | {"ema": ema})
    expected = ran.history[0]
    for weights in ran.history[1:]:
        expected = [ema * average + (1 - ema) * now for average, now in zip(expected, weights, strict=True)]
    saved = load_generator(Path("models/pretrain"))
    for found, average in zip(values(saved), expected, strict=True):
        np.testing.assert_allclose(found, average, rtol=1e-5, atol=1e-7)
    assert same(values(saved), ran.history[-1]) == (ema == 0)

    hr = crop_to_multiple(read_image("data/raw/benchmarks/sample/1.png"), 4)
    sr = upscaler(saved)(to_rgb(shrink(hr, 4)))
    np.testing.assert_array_equal(ran.pictures["1", 3], sr)
    figures = json.loads(Path("results/pretrain.json").read_text())
    assert figures["psnr_y"] == pytest.approx(score(sr, hr, 4, {})["psnr_y"], rel=1e-6)


@pytest.mark.parametrize(
    ("stage", "origins"),
    [
        ("pretrain", {"generator": None}),
        ("gan", {"generator": "pretrain", "discriminator": None}),
        ("vgg", {"generator": "gan", "discriminator": "gan"}),
        ("wgan", {"generator": "pretrain", "critic": None}),
    ],
)
def test_where_a_stage_starts(run, stage, origins):
    """gan and wgan from pretrain with a new adversary, vgg from both networks of gan; None: new weights."""
    ran = run(stage, SHORT | {"iterations": 1, "wgan.norm": "batch", "wgan.constraint": "clip"})
    for role, origin in origins.items():
        saved_role = "generator" if role == "generator" else "discriminator"
        saved = {
            folder.name: values(load_network(folder, saved_role))
            for folder in Path("models").iterdir()
            if folder.name in ("pretrain", "gan") and folder.name != stage and saved_role in read_model(folder)
        }
        found = [name for name, weights in saved.items() if same(weights, ran.started[role])]
        assert found == ([origin] if origin else []), role


def test_what_a_run_leaves_is_of_the_run(run):
    recipe = run("gan", SHORT | {"ema": 0.75}).recipe
    saved = load_network(Path("models/gan"), "discriminator")
    assert same(values(saved), values(recipe.networks["discriminator"]))
    curve = pd.read_csv("results/curves/gan.csv")
    assert list(curve.iteration) == [1, 2, 3]
    assert curve.psnr_y.notna().tolist() == [False, False, True]
    last = json.loads(Path("results/gan.json").read_text())
    assert last["iteration"] == 3
    assert last == pytest.approx(curve.iloc[-1].dropna().to_dict())
    assert all(value == float(f"{value:.6g}") for value in last.values())  # the seventh digit depends on the processor
    trained = json.loads(Path("models/gan/model.json").read_text())["trained"]
    assert trained | {"stage": "gan", "iterations": 3, "batch_size": 4, "from": "pretrain"} == trained
    assert "earlier_iterations" not in trained
    files = ["discriminator.weights.h5", "generator.weights.h5", "model.json"]
    assert sorted(path.name for path in Path("models/gan").iterdir()) == files


def test_a_network_knows_what_lr_was_like(run):
    """The figures of the crops that the training began with."""
    run("pretrain", SHORT)
    lr = json.loads(Path("models/pretrain/model.json").read_text())["lr"]
    crops = batches(Path("data/patches"), batch_size=4, crop=32, seed=load_params().seed, count=128)
    figures = [appearance(np.rint(crop * 255).astype(np.uint8)) for batch in crops for crop in batch.lr.numpy()]
    assert lr == {"side": 8, "quantiles": summary(figures)}


def test_the_run_is_recorded_with_all_settings_that_decide_it(run, monkeypatch):
    """The card of a network reads them there, as `degradation.orders`."""
    logged = {}
    monkeypatch.setattr(Pictures, "log_params", lambda _, params: logged.update(params))
    run("pretrain", SHORT | {"iterations": 1, "training.validate_every": 1})
    params = load_params().model_dump(mode="json")  # a pair is a list, as in YAML
    others = {"limits", "gan", "vgg", "wgan", "evaluate"}
    assert logged == {name: value for name, value in params.items() if name not in others}
