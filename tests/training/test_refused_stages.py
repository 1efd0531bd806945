"""A stage that cannot start from what is there is refused before it trains."""

import shutil
from pathlib import Path

import h5py
import pytest

from srgan.errors import UserError
from srgan.training.stage import TrainingStage
from tests.training.watched import SHORT


def test_a_wrong_init_of_a_later_stage_is_said_before_an_earlier_one_is_trained(project):
    with pytest.raises(UserError, match=r"wgan\.init is 'nowhere', and there is no network"):
        TrainingStage("pretrain", project("pretrain", {"wgan.init": "nowhere"}))


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
        TrainingStage("gan", project("gan", on)).adversary()
