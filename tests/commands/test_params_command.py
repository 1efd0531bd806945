"""python -m srgan params PRESET."""

import shutil

import pytest

from srgan.__main__ import main
from srgan.params import load_params


def test_params_yaml_becomes_a_preset(tmp_path, repository, monkeypatch, capsys):
    shutil.copytree(repository / "params", tmp_path / "params")
    monkeypatch.chdir(tmp_path)
    assert main(["params", "paper"]) == 0
    assert "params.yaml: the settings of params/paper.yaml" in capsys.readouterr().out
    assert load_params("params.yaml").pretrain.iterations == 1_000_000


@pytest.mark.parametrize(("arguments", "sentence"), [(["papre"], "no preset 'papre'"), (["paper"], "project's folder")])
def test_a_mistake_is_a_sentence(tmp_path, repository, monkeypatch, capsys, arguments, sentence):
    if arguments == ["papre"]:
        shutil.copytree(repository / "params", tmp_path / "params")
    monkeypatch.chdir(tmp_path)
    assert main(["params", *arguments]) == 1
    assert sentence in capsys.readouterr().err
