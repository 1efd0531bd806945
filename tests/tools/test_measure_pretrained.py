"""The figures of the pretrained networks, taken as the stage evaluate takes them."""

import json

import numpy as np
import pytest
import skimage.data
from PIL import Image

from srgan.data.resize import enlarge, shrink
from srgan.errors import UserError
from srgan.inference.shipped import PRETRAINED
from srgan.metrics.score import score
from tools.measure_pretrained import measure


def test_the_figures_of_every_model_on_every_set(tmp_path):
    hr = skimage.data.chelsea()[92:188, 116:212]
    (tmp_path / "own").mkdir()
    Image.fromarray(hr).save(tmp_path / "own/eye.png")
    measure([tmp_path / "own"], "hed", tmp_path / "metrics.json")
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert list(metrics) == ["own"]
    assert list(metrics["own"]) == ["photographs", "bicubic", *PRETRAINED]
    expected = score(enlarge(shrink(hr, 4), 4), hr, 4, {})
    found = metrics["own"]["bicubic"]
    shown = {name: value for name, value in expected.items() if np.isfinite(value)}
    assert {name: found[name] for name in shown} == pytest.approx(shown, abs=1e-6)
    assert metrics["own"]["gan"]["perceptual_distance"] < found["perceptual_distance"]


def test_two_folders_of_one_name_are_refused(tmp_path):
    for name in ("set5/HR", "bsd100/HR"):
        (tmp_path / name).mkdir(parents=True)
    with pytest.raises(UserError, match="two folders have one name"):
        measure([tmp_path / "set5/HR", tmp_path / "bsd100/HR"], "hed", tmp_path / "metrics.json")


def test_a_folder_without_photographs_is_said(tmp_path):
    with pytest.raises(UserError, match="no photographs there"):
        measure([tmp_path], "hed", tmp_path / "metrics.json")
