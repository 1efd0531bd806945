"""The committed results of the sample run: what its README and the papers promise of it."""

import hashlib
import json

import pandas as pd
import pytest
import yaml

CODE = ("srgan/", "stages/")


@pytest.fixture
def means(repository):
    """model -> figures over the sample's photographs."""
    return json.loads((repository / "results/metrics.json").read_text())["sample"]


def test_srresnet_is_well_above_bicubic(means):
    assert means["pretrain"]["psnr_y"] > means["bicubic"]["psnr_y"] + 0.7


@pytest.mark.parametrize("stage", ["gan", "vgg", "wgan"])
def test_an_adversary_restores_frequencies_for_a_bounded_loss_of_psnr(means, stage):
    assert means[stage]["spectral_distance"] < 0.8 * means["pretrain"]["spectral_distance"]
    assert means["pretrain"]["psnr_y"] - 1.5 < means[stage]["psnr_y"] < means["pretrain"]["psnr_y"]


def test_the_critic_s_estimate_is_positive_and_falls(repository):
    """The generator moves towards the photographs, so their Wasserstein distance falls (Arjovsky et al., figure 3)."""
    estimate = pd.read_csv(repository / "results/curves/wgan.csv").wasserstein
    third = len(estimate) // 3
    assert estimate.min() > 0
    assert estimate[-third:].mean() < 0.9 * estimate[:third].mean()


@pytest.fixture
def lock(repository):
    """dvc.lock's stages: what each was last run with, and left."""
    return yaml.safe_load((repository / "dvc.lock").read_text())["stages"]


def test_they_come_of_the_code_that_is_committed(repository, lock):
    recorded = {dep["path"]: dep["md5"] for stage in lock.values() for dep in stage["deps"]}
    code = {path: digest for path, digest in recorded.items() if path.startswith(CODE)}
    assert len(code) > 20
    assert [path for path, digest in sorted(code.items()) if digest != md5(repository / path)] == [], "run dvc repro"


def test_they_come_of_the_settings_that_are_committed(repository, lock):
    params = yaml.safe_load((repository / "params.yaml").read_text())
    for name, stage in lock.items():
        for key, value in stage["params"]["params.yaml"].items():
            section, _, setting = key.partition(".")
            assert value == (params[section][setting] if setting else params[section]), f"{name}: {key}; run dvc repro"


def test_they_are_the_bytes_that_were_left(repository, lock):
    recorded = {out["path"]: out["md5"] for stage in lock.values() for out in stage["outs"]}
    results = {path: digest for path, digest in recorded.items() if (repository / path).is_file()}
    assert {"results/metrics.json", "results/table.md", "results/curves/wgan.csv"} <= set(results)
    assert [path for path, digest in sorted(results.items()) if digest != md5(repository / path)] == []


def md5(path):
    """What DVC knows a file or a folder by; nothing if it is gone."""
    if path.is_dir():
        files = sorted(each for each in path.rglob("*") if each.is_file() and each.parent.name != "__pycache__")
        entries = [{"md5": md5(file), "relpath": file.relative_to(path).as_posix()} for file in files]
        return hashlib.md5(json.dumps(entries, sort_keys=True).encode()).hexdigest() + ".dir"
    return hashlib.md5(path.read_bytes()).hexdigest() if path.is_file() else None
