"""dvc.yaml against the code: every stage lists the code it runs, so that no edit goes unnoticed."""

import ast
from pathlib import Path

import pytest
import yaml

from srgan.params import Params, load_params
from srgan.params.read import flat

STAGES = ("download", "patches", "pretrain", "gan", "vgg", "wgan", "evaluate", "render")
# What changes no output: it spreads work, watches or stops a run, words an error, or names files of dvc.yaml.
NOT_LISTED = {
    "srgan/__init__.py",
    "srgan/atomic.py",
    "srgan/digest.py",
    "srgan/errors.py",
    "srgan/interrupt.py",
    "srgan/parallel.py",
    "srgan/pipeline.py",
    "srgan/progress.py",
    "srgan/root.py",
    "srgan/tensorflow_import.py",
    "stages/__init__.py",
}
NOT_LISTED_FOLDERS = ("srgan/params/", "srgan/tracking/")  # of the settings a stage depends on the values
MOST = 12  # that a reader takes in


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


def imports_of(repository, stage):
    """All files that a stage's module imports, and they, and they."""
    found, waiting = set(), [f"stages/{stage}.py"]
    while waiting:
        path = waiting.pop()
        if path not in found and path not in NOT_LISTED and not path.startswith(NOT_LISTED_FOLDERS):
            found.add(path)
            waiting += imported(repository, path)
    return {path for path in found if not path.endswith("__init__.py")}


def code_of(repository, stage):
    """What a stage depends on: the folders of which it imports every module, and else the modules."""
    files = imports_of(repository, stage)
    for folder in {Path(path).parent for path in files if path.startswith("srgan/")}:
        modules = {path.relative_to(repository).as_posix() for path in (repository / folder).glob("*.py")}
        if modules - {f"{folder}/__init__.py"} <= files:
            files = files - modules | {folder.as_posix()}
    return files


def test_the_eight_stages_in_their_order(pipeline):
    assert tuple(pipeline) == STAGES
    assert all(stage["desc"] and stage["cmd"] == f"python -m stages.{name}" for name, stage in pipeline.items())


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_lists_the_code_it_imports_and_no_other(repository, pipeline, name):
    listed = {path for path in pipeline[name]["deps"] if path.startswith(("srgan/", "stages/"))}
    listed -= {path for path in listed if path.endswith((".csv", ".css"))}
    assert listed == code_of(repository, name)
    assert len(listed) <= MOST


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_s_params_exist(pipeline, name):
    for key in pipeline[name]["params"]:
        model = Params
        for part in key.split("."):
            model = model.model_fields[part].annotation if hasattr(model, "model_fields") else None
            assert model is not None, key


def test_every_setting_that_decides_a_result_is_a_stage_s(repository, pipeline):
    listed = tuple(f"{key}." for stage in pipeline.values() for key in stage["params"])
    settings = (name for name, _ in flat(load_params(repository / "params.yaml").model_dump()))
    others = {name for name in settings if not f"{name}.".startswith(listed)}
    assert others == {"data.mirrors", "patches.workers", "patches.backend"}


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


def test_every_network_can_be_fetched_by_name(repository, pipeline):
    artifacts = yaml.safe_load((repository / "dvc.yaml").read_text())["artifacts"]
    trained = [pipeline[name]["outs"][0] for name in ("pretrain", "gan", "vgg", "wgan")]
    assert [artifact["path"] for artifact in artifacts.values()] == trained
    assert all(artifact["desc"] and artifact["type"] == "model" for artifact in artifacts.values())
