"""A stage of a few iterations: what it starts from, feeds, validates and saves, against what its settings say."""

import importlib
import json
import shutil
from pathlib import Path
from typing import NamedTuple

import h5py
import keras
import numpy as np
import pandas as pd
import pytest

from srgan.data.appearance import appearance, summary
from srgan.data.batches import batches
from srgan.data.images import read_image, to_rgb
from srgan.data.resize import crop_to_multiple, shrink
from srgan.errors import UserError
from srgan.inference.interpolate import interpolate_networks
from srgan.metrics.score import score
from srgan.models.generator import build_generator
from srgan.models.stored import read_model
from srgan.models.upscaler import upscaler
from srgan.models.weights import load_generator, load_network
from srgan.params import load_params
from srgan.recipes.recipe import Recipe
from srgan.tracking import runs
from srgan.training import loop
from srgan.training import stage as module
from srgan.training.stage import TrainingStage
from tests.training.project import make_project

SHORT = {"iterations": 3, "training.validate_every": 3}


class Pictures(runs.NoRun):
    """Stands where the MLflow run does and keeps the pictures it is given."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.found = {}

    def log_image(self, key, image, step):
        self.found[key, step] = image


@pytest.fixture
def project(tmp_path, monkeypatch, data):
    """A function that makes the folder of a stage the current one: (stage, settings that differ) -> Params."""
    # Of the process: once it has computed, TensorFlow lets nobody set it.
    monkeypatch.setattr(module, "make_reproducible", lambda *_: None)
    monkeypatch.setattr(runs, "NoRun", Pictures)
    recorded = runs.run
    monkeypatch.setattr(runs, "run", lambda *args, **options: recorded(*args, **options | {"recorded": False}))

    def make(stage, changes):
        folder = make_project(tmp_path / "project", data, stage, changes)
        monkeypatch.chdir(folder)
        return load_params()

    return make


class Ran(NamedTuple):
    """What a run went through."""

    started: dict[str, list[np.ndarray]]  # role: the network's weights before the first iteration
    history: list[list[np.ndarray]]  # the generator's weights then, and after each iteration
    recipe: Recipe
    pictures: dict[tuple[str, int], np.ndarray]  # (name, iteration): what was validated


@pytest.fixture
def run(project, monkeypatch):
    """A function that runs a stage: (stage, settings that differ) -> Ran."""
    train, validation = loop.train, module.validation

    def run(stage, changes):
        project(stage, changes)
        seen = {}

        def watched_train(recipe, context):
            started = {role: values(network) for role, network in recipe.networks.items()}
            history = [started["generator"]]
            step = recipe.step

            def watched_step(*arguments):
                metrics = step(*arguments)
                history.append(values(recipe.generator))
                return metrics

            recipe.step = watched_step
            seen.update(started=started, history=history, recipe=recipe)
            return train(recipe, context)

        def watched_validation(*arguments):
            seen["pictures"] = arguments[-1].found
            return validation(*arguments)

        monkeypatch.setattr(loop, "train", watched_train)
        monkeypatch.setattr(module, "validation", watched_validation)
        importlib.import_module(f"stages.{stage}").main()
        return Ran(**seen)

    return run


def values(network):
    return [weight.numpy() for weight in network.weights]


def same(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


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


def test_a_further_leg_goes_on_in_the_data_where_the_one_before_ended(run, project, tmp_path):
    run("pretrain", SHORT)
    params = load_params()
    Path("models/pretrain").rename(tmp_path / "leg1")
    stage = TrainingStage("pretrain", project("pretrain", SHORT | {"init": str(tmp_path / "leg1")}))
    fifth = list(batches("data/patches", batch_size=4, crop=32, seed=params.seed, count=5))[4]
    second_of_the_leg = list(stage._feed(0, 2))[1]
    np.testing.assert_array_equal(second_of_the_leg.hr, fifth.hr)


def test_a_wrong_init_of_a_later_stage_is_said_before_an_earlier_one_is_trained(project):
    with pytest.raises(UserError, match=r"wgan\.init is 'nowhere', and there is no network"):
        TrainingStage("pretrain", project("pretrain", {"wgan.init": "nowhere"}))


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


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"init": "leg", "crop": 48, "vgg.crop": 48},
            r"gan\.init is 'leg', whose discriminator is not what .*\(crop 32 there and 48 in the settings\)",
        ),
        (
            {"init": "leg", "discriminator.filters": 3},
            r"\(filters 2 there and 3 in the settings\)",
        ),
    ],
)
def test_what_a_stage_cannot_go_on_from_is_refused(project, changes, sentence):
    params = project("gan", changes)
    Path("models/gan").rename("leg")
    with pytest.raises(UserError, match=sentence):
        TrainingStage("gan", params)


def test_a_stage_s_network_is_what_the_settings_describe_or_refused(project):
    """Else model.json and MLflow would tell of another one than the settings."""
    params = project("gan", {"generator.blocks": 3})
    with pytest.raises(UserError, match=r"gan\.init is 'pretrain', whose .*\(generator\.blocks is 3 and 1 there\)"):
        TrainingStage("gan", params)


@pytest.mark.parametrize(("key", "value", "there"), [("scale", 2, 4), ("patches.size", 96, 64)])
def test_patches_of_other_settings_are_refused(project, key, value, there):
    params = project("pretrain", {key: value})
    name = key.rpartition(".")[2]
    with pytest.raises(UserError, match=rf"patches: cut with {name} {there}, and the setting is {value}; run: dvc re"):
        TrainingStage("pretrain", params)


def test_a_discriminator_judges_by_the_features_that_it_learned_from(run, project, tmp_path):
    projected = SHORT | {"discriminator.network": "projected", "discriminator.norm": "none"}
    run("gan", projected)
    Path("models/gan").rename(tmp_path / "leg")
    on = projected | {"init": str(tmp_path / "leg")}
    weights = Path("data/raw/vgg16.h5")
    weights.rename("before.h5")
    shutil.copy("before.h5", weights)  # it may be a link
    with h5py.File(weights, "r+") as file:
        file.attrs["other"] = True
    with pytest.raises(
        UserError, match=r"the discriminator in .*leg judges by another VGG16 than data\.features names"
    ):
        TrainingStage("gan", project("gan", on)).discriminator()


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


def test_the_run_is_recorded_with_all_settings_that_decide_it(run, monkeypatch):
    """The card of a network reads them there, as `degradation.orders`."""
    logged = {}
    monkeypatch.setattr(Pictures, "log_params", lambda _, params: logged.update(params))
    run("pretrain", SHORT | {"iterations": 1, "training.validate_every": 1})
    params = load_params().model_dump()
    others = {"limits", "gan", "vgg", "wgan", "evaluate"}
    assert logged == {name: value for name, value in params.items() if name not in others}
