"""What makes a run another run: what dvc.yaml says its stage depends on, and nothing else."""

import shutil
from pathlib import Path

import pytest
import yaml

from srgan.params import load_params
from srgan.training import run_key as module
from srgan.training.run_key import run_key

STAGES = ("pretrain", "gan", "vgg", "wgan")


@pytest.fixture
def project(tmp_path, repository, monkeypatch):
    """A folder with the code, dvc.yaml and params.yaml, and a small file for every input."""
    for name in ("dvc.yaml", "params.yaml"):
        shutil.copy(repository / name, tmp_path)
    for name in ("srgan", "stages"):
        shutil.copytree(repository / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    inputs = ["data/patches/manifest.json", "data/patches/00000.tfrecord", "data/raw/benchmarks/sample/a.png"]
    inputs += ["data/raw/vgg19.h5", "data/raw/vgg16.h5"]
    inputs += ["models/pretrain/model.json", "models/pretrain/generator.weights.h5"]
    inputs += ["models/gan/model.json", "models/gan/discriminator.weights.h5"]
    for name in inputs:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "REPOSITORY", tmp_path)
    return tmp_path


def keys():
    params = load_params().model_dump()
    return {stage: run_key(stage, params) for stage in STAGES}


def changed(before):
    after = keys()
    return {stage for stage in STAGES if before[stage] != after[stage]}


def test_the_key_is_the_same_until_something_changes_and_another_for_each_stage(project):
    assert keys() == keys()
    assert len(set(keys().values())) == len(STAGES)


@pytest.mark.parametrize(
    ("section", "values", "stages"),
    [
        (None, {"seed": 7}, set(STAGES)),
        ("generator", {"blocks": 3}, set(STAGES)),
        ("training", {"precision": "mixed_bfloat16"}, set(STAGES)),
        ("discriminator", {"filters": 8}, {"gan", "vgg", "wgan"}),
        ("pretrain", {"lr": 5e-6}, {"pretrain"}),  # gan's key changes with the weights that come of it
        ("gan", {"lr": 5e-6}, {"gan"}),
        ("wgan", {"n_critic": 3}, {"wgan"}),
        ("evaluate", {"crop": 64}, set()),
        ("data", {"mirrors": ["http://localhost"]}, set()),
        ("patches", {"workers": 1}, set()),
    ],
)
def test_a_setting_makes_another_run_of_the_stages_that_use_it(project, section, values, stages):
    before = keys()
    params = yaml.safe_load(Path("params.yaml").read_text())
    (params[section] if section else params).update(values)
    Path("params.yaml").write_text(yaml.safe_dump(params))
    assert changed(before) == stages


@pytest.mark.parametrize(
    ("file", "stages"),
    [
        ("data/patches/manifest.json", set(STAGES)),  # it has the digest of every shard
        ("data/raw/benchmarks/sample/a.png", set(STAGES)),  # validation is in the curves
        ("models/pretrain/generator.weights.h5", {"gan", "vgg", "wgan"}),
        ("models/pretrain/model.json", {"gan", "vgg", "wgan"}),
        ("models/gan/discriminator.weights.h5", {"vgg"}),
        ("srgan/models/generator.py", set(STAGES)),
        ("srgan/data/batches.py", set(STAGES)),
        ("srgan/recipes/pixel.py", {"pretrain"}),
        ("srgan/recipes/adversarial.py", {"gan", "vgg"}),
        ("srgan/recipes/wasserstein.py", {"wgan"}),
        ("srgan/report/table.py", set()),
        ("srgan/tracking/runs.py", set()),
    ],
)
def test_an_input_or_code_makes_another_run_of_the_stages_that_use_it(project, file, stages):
    before = keys()
    with Path(file).open("a") as stream:
        stream.write("\n")
    assert changed(before) == stages


def test_a_renamed_input_is_another_input(project):
    before = keys()
    Path("data/raw/benchmarks/sample/a.png").rename("data/raw/benchmarks/sample/b.png")
    assert changed(before) == set(STAGES)


def test_where_the_project_lies_does_not_matter(project, tmp_path_factory, monkeypatch):
    before = keys()
    copy = tmp_path_factory.mktemp("temporary") / "copy"
    shutil.copytree(project, copy)
    monkeypatch.chdir(copy)
    monkeypatch.setattr(module, "REPOSITORY", copy)
    assert changed(before) == set()


def test_what_python_compiled_is_no_code(project):
    before = keys()
    (project / "srgan/models/__pycache__").mkdir()
    (project / "srgan/models/__pycache__/generator.pyc").write_bytes(b"another machine's")
    assert changed(before) == set()
