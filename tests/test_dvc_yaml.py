"""dvc.yaml against the code: every stage lists the code it runs, so that no edit goes unnoticed."""

import ast
from pathlib import Path

import pytest
import yaml

from srgan.params import Params

STAGES = ("download", "patches", "pretrain", "gan", "vgg", "wgan", "evaluate", "render")
# What watches a run or words an error, and changes no output.
NOT_LISTED = {
    "srgan/__init__.py",
    "srgan/atomic.py",
    "srgan/errors.py",
    "srgan/quiet.py",
    "srgan/registry.py",
    "srgan/root.py",
    "srgan/tracking.py",
    "srgan/training/progress.py",
    "stages/__init__.py",
}


SETTINGS = "srgan/params/"  # a stage depends on their values


@pytest.fixture(scope="module")
def pipeline(repository):
    return yaml.safe_load((repository / "dvc.yaml").read_text())["stages"]


def imported(repository, path):
    """The project's own files that a file imports."""
    for node in ast.walk(ast.parse((repository / path).read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            candidate = Path(*name.split(".")).with_suffix(".py")
            if (repository / candidate).is_file():
                yield candidate.as_posix()


def code_of(repository, stage):
    """All files that a stage's module imports, and they, and they."""
    found, waiting = set(), [f"stages/{stage}.py"]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            if not path.startswith(SETTINGS) and path not in ("srgan/tracking.py", "srgan/registry.py"):
                waiting += imported(repository, path)
    return {path for path in found - NOT_LISTED if not path.startswith(SETTINGS) and not path.endswith("__init__.py")}


def test_the_eight_stages_in_their_order(pipeline):
    assert tuple(pipeline) == STAGES
    assert all(stage["desc"] and stage["cmd"] == f"python -m stages.{name}" for name, stage in pipeline.items())


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_lists_the_code_it_imports_and_no_other(repository, pipeline, name):
    listed = {path for path in pipeline[name]["deps"] if path.endswith(".py")}
    assert listed == code_of(repository, name)


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_s_params_exist(pipeline, name):
    for key in pipeline[name]["params"]:
        model = Params
        for part in key.split("."):
            model = model.model_fields[part].annotation if hasattr(model, "model_fields") else None
            assert model is not None, key


def test_the_stages_are_chained_by_their_outputs(pipeline):
    def needs(stage, output):
        return output in pipeline[stage]["deps"]

    assert needs("patches", "data/raw/train")
    assert all(needs(stage, "data/patches") for stage in ("pretrain", "gan", "vgg", "wgan"))
    assert needs("gan", "models/pretrain")
    assert needs("vgg", "models/gan")
    assert needs("wgan", "models/pretrain")
    assert all(needs("evaluate", f"models/{stage}") for stage in ("pretrain", "gan", "vgg", "wgan"))
    assert needs("render", "results/metrics.json")
