"""The settings that come with the project are complete, and say what they mean."""

import pytest
import yaml

from srgan.params import load_params
from srgan.params.presets import compose
from srgan.params.read import read_yaml

PRESETS = ("sample", "original", "paper", "perceptual", "photo", "real_esrgan", "srresnet")


def keys(section, prefix=""):
    for key, value in section.items():
        yield prefix + key
        if isinstance(value, dict) and prefix + key != "features.layers":  # whose keys are of the network
            yield from keys(value, f"{prefix}{key}.")


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_complete_and_valid(repository, preset, name):
    preset(name)
    raw = yaml.safe_load(compose(repository / "params", name))
    sample = yaml.safe_load((repository / "params/sample.yaml").read_text())
    assert list(keys(raw)) == list(keys(sample))


def test_params_yaml_comes_with_the_settings_of_the_sample(repository):
    assert (repository / "params.yaml").read_text() == (repository / "params/sample.yaml").read_text()


def test_every_setting_of_the_sample_has_a_comment_that_says_what_it_does(repository):
    explained = set()
    for line in (repository / "params.yaml").read_text().splitlines():
        setting, _, comment = line.partition("#")
        if setting.startswith("  ") and not setting.startswith("    ") and setting.strip():
            key = setting.strip().partition(":")[0]
            assert comment.strip() or key in explained, f"{line!r} has no comment"
            explained.add(key)


def test_what_dvc_writes_for_a_small_number_is_a_number(edited):
    """`dvc exp run -S gan.lr=5e-6` writes 5e-06, which YAML 1.1 reads as a string."""
    assert read_yaml("lr: 5e-06") == {"lr": 5e-6}
    assert edited("gan.lr", "5e-06").gan.lr == 5e-6


def test_on_and_off_are_words(tmp_path, repository):
    """They are true and false in YAML 1.1."""
    text = (repository / "params.yaml").read_text().replace("jit: auto", "jit: on")
    (tmp_path / "params.yaml").write_text(text)
    assert load_params(tmp_path / "params.yaml").training.jit == "on"


def test_the_layers_that_content_losses_compare(edited):
    assert edited("gan.content", "vgg54").layers_of("vgg19") == ["block5_conv4"]
    assert edited("gan.content", "mse").layers_of("vgg16") == [
        "block1_conv2",
        "block2_conv2",
        "block3_conv3",
        "block4_conv3",
        "block5_conv3",
    ]
    params = edited("features", {**edited("seed", 1).features.model_dump(), "network": "vgg19"})
    assert params.layers_of("vgg16") == []
    assert "block3_conv3" in params.layers_of("vgg19")


def test_a_folder_s_set_has_its_name_and_its_steps(edited):
    """A slash at the end, as shells complete it, is no part of a name."""
    folders = ["sample", "../Set5", "../Set5/", "../Set5/+jpeg60", "../Set5+jpeg60", "set5+noise10+jpeg75", "../+mine"]
    names = ["sample", "Set5", "Set5", "Set5+jpeg60", "Set5+jpeg60", "set5+noise10+jpeg75", "+mine"]
    assert edited("data.benchmarks", folders).data.benchmark_names == names
