"""What `make run` says where its results are not the committed ones."""

import copy
import json
import subprocess

import pytest
import yaml

from tests.soak.tiny_project import environment
from tools.differences import main

LOCK = {
    "pretrain": {
        "deps": [{"path": "srgan/training/loop.py", "md5": "1"}, {"path": "data/patches", "md5": "2.dir"}],
        "params": {"params.yaml": {"seed": 1, "pretrain": {"lr": 0.001, "ema": 0}}},
        "outs": [{"path": "models/pretrain", "md5": "3.dir"}],
    },
    "gan": {
        "deps": [{"path": "models/pretrain", "md5": "3.dir"}],
        "params": {"params.yaml": {"seed": 1, "gan": {"lr": 0.0001}}},
        "outs": [{"path": "models/gan", "md5": "4.dir"}],
    },
}
METRICS = {"sample": {"pretrain": {"psnr_y": 32.0, "perceptual_distance": 0.82}}}


@pytest.fixture
def said(tmp_path, monkeypatch, capsys):
    """A function that commits LOCK and METRICS, changes both in the folder and gives what is said, in lines."""
    monkeypatch.chdir(tmp_path)

    def write(lock, metrics):
        (tmp_path / "results").mkdir(exist_ok=True)
        (tmp_path / "results/metrics.json").write_text(json.dumps(metrics))
        (tmp_path / "dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": lock}, sort_keys=False))

    def said(change=dict, psnr=32.0):
        write(LOCK, METRICS)
        for arguments in ("init --quiet", "add --all", "commit --quiet --message=results"):
            subprocess.run(["git", *arguments.split()], env=environment(), check=True)
        lock, metrics = copy.deepcopy((LOCK, METRICS))
        change(lock)
        metrics["sample"]["pretrain"]["psnr_y"] = psnr
        write(lock, metrics)
        main()
        return capsys.readouterr().out.splitlines()

    return said


def other_weights(lock):
    lock["pretrain"]["outs"][0]["md5"] = lock["gan"]["deps"][0]["md5"] = "5.dir"
    lock["gan"]["outs"][0]["md5"] = "6.dir"


def test_the_same_bytes(said):
    assert said() == ["Every result is the committed one, to the byte."]


def test_another_machine_is_named_where_it_first_shows_and_what_it_makes_of_the_figures(said):
    first, *rest = said(other_weights, psnr=32.01)
    assert first == "These stages gave other bytes than the committed ones: pretrain, gan."
    text = "\n".join(rest)
    assert text.startswith("pretrain had the same code, settings and inputs: this machine (")
    assert "That is no failure; what follows starts from other weights." in text
    assert "  pretrain  PSNR-Y 32.00, now 32.01; Perceptual distance 0.820, now 0.820" in rest
    assert rest[-1] == "To restore the committed files: git checkout -- dvc.lock results"


def test_another_last_digit_of_a_curve_is_no_other_network(said):
    def change(lock):
        lock["pretrain"]["outs"] = [*lock["pretrain"]["outs"], {"path": "results/curves/pretrain.csv", "md5": "8"}]

    first, text, *_ = "\n".join(said(change)).split("pretrain had the same", 1)
    assert first == "These stages gave other bytes than the committed ones: pretrain.\n"
    assert "That is no failure; the networks are the same bytes." in text


def test_changed_settings_and_code_are_named_and_the_machine_is_not_blamed(said):
    def change(lock):
        other_weights(lock)
        lock["pretrain"]["params"]["params.yaml"]["pretrain"]["lr"] = 0.01
        lock["pretrain"]["deps"][0]["md5"] = "7"

    lines = said(change)
    assert "Changed code or settings: pretrain.lr, srgan/training/loop.py." in lines
    assert not any("this machine" in line for line in lines)


def test_where_nothing_is_committed_nothing_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dvc.lock").write_text("stages: {}\n")
    main()
    assert capsys.readouterr().out == ""
