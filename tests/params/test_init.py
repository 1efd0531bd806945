"""Which networks a stage starts from."""

import json
from pathlib import Path

import pytest

from srgan.errors import UserError
from srgan.models.architecture import adversary_spec
from srgan.params import load_params
from srgan.params.init import find_init


@pytest.fixture
def params(repository, tmp_path, monkeypatch):
    """A function giving the settings with an `init` of gan's, in a project that has the network `leg`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    settings = load_params(repository / "params.yaml")
    leg = {"generator": settings.generator.model_dump() | {"scale": settings.scale}}
    (tmp_path / "leg").mkdir()
    (tmp_path / "leg/model.json").write_text(json.dumps(leg))
    (tmp_path / "leg/generator.weights.h5").touch()

    def changed(init, **generator):
        gan = settings.gan.model_copy(update={"init": init})
        generator = settings.generator.model_copy(update=generator)
        return settings.model_copy(update={"gan": gan, "generator": generator})

    return changed


def test_none_a_stage_and_a_folder(params, tmp_path):
    assert find_init("gan", params("none")) is None
    assert find_init("gan", params("pretrain")) == Path("models/pretrain")
    assert find_init("gan", params("leg")) == tmp_path / "leg"


@pytest.mark.parametrize(
    ("init", "sentence"),
    [
        ("nowhere", r"gan\.init is 'nowhere', and there is no network in .*nowhere \(a folder .* its weights\)$"),
        ("pretrian", r"gan\.init is 'pretrian', .*; did you mean pretrain\?$"),
    ],
)
def test_a_folder_without_a_network_is_refused(params, init, sentence):
    with pytest.raises(UserError, match=sentence):
        find_init("gan", params(init))


@pytest.mark.parametrize("init", ["models/gan", "./models/pretrain", "leg/../models/vgg"])
def test_a_folder_that_the_pipeline_makes_is_refused(params, init):
    """DVC deletes a stage's outputs before the stage, and a later stage's network would change with each run."""
    with pytest.raises(UserError, match=r"which this pipeline makes, .*\(cp -rL\), and name the copy"):
        find_init("gan", params(init))


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"generator": 1}'])
def test_a_damaged_description_is_refused(params, text):
    Path("leg/model.json").write_text(text)
    with pytest.raises(UserError, match=r"gan\.init is 'leg', and .*model\.json cannot be read"):
        find_init("gan", params("leg"))


def test_a_network_of_another_scale_is_refused(params):
    with pytest.raises(UserError, match=r"gan\.init is 'leg', a network of scale 4, and scale is 2; start from"):
        find_init("gan", params("leg").model_copy(update={"scale": 2}))


def test_a_network_of_another_architecture_is_refused(params):
    """The settings that are recorded would describe another one."""
    with pytest.raises(
        UserError, match=r"\(generator\.blocks is 7 and 4 there, generator\.norm is none and batch there\)"
    ):
        find_init("gan", params("leg", blocks=7, norm="none"))


def test_a_folder_without_its_weights_is_refused(params):
    Path("leg/generator.weights.h5").unlink()
    with pytest.raises(UserError, match=r"gan\.init is 'leg', and .*generator\.weights\.h5 is not there; fetch"):
        find_init("gan", params("leg"))


def test_a_discriminator_of_another_architecture_is_refused_before_hours_of_training(params):
    model = json.loads(Path("leg/model.json").read_text())
    section = params("leg").discriminator.model_dump()
    model["discriminator"] = adversary_spec(section | {"head": "pool", "filters": 3}, "batch", 96, 16)
    Path("leg/model.json").write_text(json.dumps(model))
    with pytest.raises(UserError, match=r"\(filters 3 there and 16 in the settings, head pool there and dense in"):
        find_init("gan", params("leg"))


def test_virtual_norm_wants_a_reference_batch_of_the_crop_s_size(params):
    model = json.loads(Path("leg/model.json").read_text())
    model["generator"] |= {"norm": "virtual", "reference": [16, 12, 12, 3]}
    Path("leg/model.json").write_text(json.dumps(model))
    batch = r"reference batch is \[16, 12, 12, 3\], and of training\.reference_size and gan\.crop .* \[16, 24, 24, 3\]"
    with pytest.raises(UserError, match=batch):
        find_init("gan", params("leg", norm="virtual"))


def test_in_dvc_s_temporary_copy_a_folder_is_relative_to_the_original(params, tmp_path, monkeypatch):
    (tmp_path / ".dvc/tmp/exps/copy").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / ".dvc/tmp/exps/copy")
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    assert find_init("gan", params("leg")) == tmp_path / "leg"
