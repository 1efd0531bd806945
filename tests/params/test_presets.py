"""Presets: short files that become a complete params.yaml, comments and all."""

import shutil

import pytest
import yaml

from srgan.errors import UserError
from srgan.params.presets import compose, names, write


@pytest.fixture
def folder(tmp_path, repository):
    """A copy of the presets, to change."""
    return shutil.copytree(repository / "params", tmp_path / "params")


def test_the_presets_there_are(folder):
    assert names(folder) == ["sample", "original", "paper", "perceptual", "photo", "real_esrgan", "srresnet"]


@pytest.mark.parametrize("name", ["paper", "original", "perceptual", "photo", "real_esrgan", "srresnet"])
def test_a_preset_changes_what_it_says_and_nothing_else(folder, name):
    sample, changes = (yaml.safe_load((folder / f"{each}.yaml").read_text()) for each in ("sample", name))
    put(changes, sample)
    assert yaml.safe_load(compose(folder, name)) == sample


def put(changes, settings, prefix=""):
    for key, value in changes.items():
        assert key in settings
        assert settings[key] != value, f"{prefix}{key} repeats the sample"
        if isinstance(value, dict) and prefix + key != "features.layers":
            put(value, settings[key], f"{prefix}{key}.")
        else:
            settings[key] = value


def test_every_comment_stays_beside_its_setting(folder):
    comments = {}
    for name in ("sample", "paper"):
        lines = compose(folder, name).split("\n\n", 1)[1].splitlines()
        comments[name] = [line.partition("#")[2].strip() for line in lines]
    assert comments["paper"] == comments["sample"]
    assert compose(folder, "paper").startswith("# The paper: Ledig et al. 2017")


def test_a_misspelt_setting_is_named(folder):
    (folder / "paper.yaml").write_text("# Mine.\n\ngan:\n  lrr: 1\n")
    with pytest.raises(UserError, match=r"paper\.yaml: gan\.lrr is not a setting"):
        compose(folder, "paper")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("data:\n  train: {a: 1}\n", r"paper\.yaml: data\.train is a setting, and no section$"),
        ("gan: 3\n", r"paper\.yaml: gan is a section$"),
    ],
)
def test_a_section_in_a_setting_s_place_is_named(folder, text, sentence):
    (folder / "paper.yaml").write_text(text)
    with pytest.raises(UserError, match=sentence):
        compose(folder, "paper")


def test_a_preset_that_differs_in_nothing_is_the_sample(folder):
    (folder / "mine.yaml").write_text("# Nothing yet.\n")
    assert yaml.safe_load(compose(folder, "mine")) == yaml.safe_load(compose(folder, "sample"))


def test_an_unknown_preset_is_answered_with_those_there_are(folder):
    with pytest.raises(
        UserError,
        match="no preset 'papre'; name one of sample, original, paper, perceptual, photo, real_esrgan, srresnet",
    ):
        compose(folder, "papre")


def test_settings_of_one_s_own_are_not_lost(folder, tmp_path):
    path = tmp_path / "params.yaml"
    write(folder, "sample", path)
    write(folder, "paper", path)  # a preset's settings can be had again
    mine = path.read_text().replace("lr: 1.0e-4", "lr: 2.0e-4", 1)
    path.write_text(mine)
    with pytest.raises(UserError, match=r"params\.yaml has settings of its own; with --overwrite they are replaced"):
        write(folder, "sample", path)
    assert path.read_text() == mine
    write(folder, "sample", path, overwrite=True)
    assert path.read_text() == (folder / "sample.yaml").read_text()
