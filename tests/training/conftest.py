"""What the tests of training share: data to train on, made once, and stages that run in this process."""

import importlib
from pathlib import Path

import pytest

from srgan.params import load_params
from srgan.tracking import runs
from srgan.training import loop
from srgan.training import stage as module
from tests.training.project import make_data, make_project
from tests.training.watched import Pictures, Ran, values


@pytest.fixture(scope="session")
def data(tmp_path_factory, vgg16) -> Path:
    """Patches, a picture to watch, VGG19, and the networks of pretrain and gan, hardly trained."""
    folder = tmp_path_factory.mktemp("data")
    make_data(folder, vgg16)
    return folder


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
