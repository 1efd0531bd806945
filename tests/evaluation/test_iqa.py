"""LPIPS, DISTS and NIQE by pyiqa: the adapter against a stand-in with its interface, and against pyiqa where it is."""

import json
import math
import os
import subprocess
import sys
from importlib.util import find_spec
from types import ModuleType

import numpy as np
import pytest
from PIL import Image
from skimage import data

from srgan.errors import UserError
from srgan.evaluation import iqa
from srgan.evaluation.iqa import library_judges
from srgan.metrics.score import METRICS

HR = data.chelsea()[:200, :220]
SR = np.clip(HR + np.random.default_rng(0).normal(5, 20, HR.shape), 0, 255).astype(np.uint8)


@pytest.fixture
def pyiqa(monkeypatch):
    """What the documentation says of create_metric: a name and a device; the metric takes (target, reference)."""
    module = ModuleType("pyiqa")

    def create_metric(name, device=None):
        assert device == "cpu"

        def figure(target, reference=None):
            assert (reference is None) == (name == "niqe")
            pictures = [target] if reference is None else [target, reference]
            assert all(isinstance(picture, Image.Image) and picture.mode == "RGB" for picture in pictures)
            levels = [np.asarray(picture).astype(float) for picture in pictures]
            return np.float32((levels[0] - levels[1]).mean() if reference else levels[0].mean())

        return figure

    module.create_metric = create_metric
    monkeypatch.setitem(sys.modules, "pyiqa", module)
    monkeypatch.setattr(iqa, "find_spec", lambda _: object())
    return module


def test_each_figure_is_of_sr_against_hr(pyiqa):
    judges = library_judges()
    assert list(judges) == ["lpips", "dists", "niqe"]
    assert set(judges) < set(METRICS)
    expected = (SR.astype(float) - HR).mean()
    assert judges["lpips"](HR)(SR) == judges["dists"](HR)(SR) == pytest.approx(expected, rel=1e-5)
    assert judges["niqe"](HR)(SR) == pytest.approx(SR.mean(), rel=1e-5)


def test_a_grey_picture_goes_in_as_three_channels(pyiqa):
    judges = library_judges()
    assert judges["lpips"](HR[..., 0])(SR[..., 0]) == pytest.approx(
        (SR[..., 0].astype(float) - HR[..., 0]).mean(), rel=1e-5
    )


def test_niqe_wants_two_blocks(pyiqa):
    niqe = library_judges()["niqe"]
    assert math.isnan(niqe(HR[:191, :191])(SR[:191, :191]))
    assert math.isfinite(niqe(HR[:96, :192])(SR[:96, :192]))


def test_where_pyiqa_is_absent_so_are_its_figures(monkeypatch):
    monkeypatch.setattr(iqa, "find_spec", lambda _: None)
    assert library_judges() == {}


def test_weights_that_cannot_be_downloaded_are_a_sentence(pyiqa):
    def refuse(name, device=None):
        raise OSError("no route to host")

    pyiqa.create_metric = refuse
    with pytest.raises(UserError, match=r"lpips: pyiqa cannot load its weights \(no route to host\).*pip uninstall"):
        library_judges()


def test_tensorflow_first_would_abort_the_process(monkeypatch):
    monkeypatch.setattr(iqa, "find_spec", lambda _: object())
    monkeypatch.setitem(sys.modules, "tensorflow", ModuleType("tensorflow"))
    monkeypatch.delitem(sys.modules, "pyiqa", raising=False)
    with pytest.raises(RuntimeError, match="before TensorFlow"):
        library_judges()


def test_pyiqa_itself_on_weights_of_our_own(tmp_path, repository):
    """In a process of its own, because here TensorFlow may be loaded already."""
    if find_spec("pyiqa") is None:
        pytest.skip("needs pyiqa: pip install -r requirements-metrics.txt")
    environment = os.environ | {"TORCH_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "tests.evaluation.measure_by_pyiqa"]
    done = subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    measured = json.loads(done.stdout.splitlines()[-1])
    assert list(measured["ours"]) == ["perceptual_distance", "lpips", "dists", "niqe"]
    for name, theirs in measured["pyiqa"].items():
        assert measured["ours"][name] == pytest.approx(theirs, rel=1e-5)
        assert theirs != pytest.approx(measured["equal"][name], rel=1e-3)
    assert measured["equal"]["lpips"] == pytest.approx(0, abs=1e-6)
