"""Validation gives the figures that evaluation gives, of the network as it is."""

import math

import numpy as np
import pytest
import skimage.data
from PIL import Image

from srgan.data.benchmark import benchmark_pair, benchmark_sets
from srgan.errors import UserError
from srgan.evaluation.evaluate import evaluate, set_means
from srgan.metrics.perceptual import PerceptualDistance
from srgan.models.generator import build_generator
from srgan.models.upscaler import upscaler
from srgan.training import validation as module
from srgan.training.validation import WATCHED, validation


class Run:
    """Keeps the pictures that are logged."""

    def __init__(self):
        self.pictures = []

    def log_image(self, key, image, step):
        self.pictures.append((key, image.shape, step))


@pytest.fixture
def benchmarks(tmp_path):
    """Three photographs: one in colour, one in grey, one that is not watched."""
    (tmp_path / "own").mkdir()
    for name, photo in {
        "a": skimage.data.chelsea()[:110, 330:450],
        "b": skimage.data.camera()[100:200, 300:396],
        "c": skimage.data.coffee()[:80, :80],
    }.items():
        Image.fromarray(photo).save(tmp_path / "own" / f"{name}.png")
    return tmp_path


@pytest.fixture
def bicubic():
    """A network that is exactly bicubic: with the bicubic skip, and untrained."""
    return build_generator(scale=4, blocks=1, filters=4, norm="batch", skip="bicubic")


def test_it_measures_as_evaluation_does(benchmarks, bicubic, vgg16, monkeypatch):
    sets = {"own": {name: path for name, path in benchmark_sets(benchmarks)["own"].items() if name != "c"}}
    judges = {"perceptual_distance": PerceptualDistance(vgg16).to}
    upscalers = {"bicubic": upscaler(bicubic)}
    expected = set_means(evaluate(sets, upscalers, 4, 10**6, benchmarks / "sr", judges))["own"]["bicubic"]
    for room in (module.KEPT_PIXELS, 0):  # with kept features, and without
        monkeypatch.setattr(module, "KEPT_PIXELS", room)
        run = Run()
        figures = validation(bicubic, vgg16, benchmarks / "own", 2, 4, run)(50)
        assert list(figures) == list(WATCHED)
        assert figures == pytest.approx({metric: expected[metric] for metric in WATCHED}, rel=1e-6)
        assert run.pictures == [("a", (108, 120, 3), 50), ("b", (100, 96, 3), 50)]


def test_a_figure_that_no_picture_can_have_is_left_out(benchmarks, bicubic, vgg16):
    noise = np.random.default_rng(0).integers(0, 256, (80, 80, 3), np.uint8)  # no smooth place to look for a mesh in
    Image.fromarray(noise).save(benchmarks / "own" / "a.png")
    figures = validation(bicubic, vgg16, benchmarks / "own", 1, 4, Run())(1)
    assert "mesh" not in figures
    assert all(map(math.isfinite, figures.values()))


def test_it_is_the_generator_of_now_that_is_measured(benchmarks, vgg16):
    network = build_generator(scale=4, blocks=1, filters=4, norm="batch", skip="bicubic")
    validate = validation(network, vgg16, benchmarks / "own", 2, 4, Run())
    before = validate(1)
    bias = network.get_layer("last").bias
    bias.assign(bias + 0.2)  # a tenth of the range lighter, everywhere
    assert validate(2)["psnr_y"] < before["psnr_y"] - 3


def test_a_picture_that_download_let_pass_is_not_refused_for_its_size(benchmarks, bicubic, vgg16, monkeypatch):
    """data.max_pixels may be above the default limit, and download has applied it."""
    asked = []

    def read(path, scale, max_pixels):
        asked.append(max_pixels)
        return benchmark_pair(path, scale, max_pixels)

    monkeypatch.setattr(module, "benchmark_pair", read)
    validation(bicubic, vgg16, benchmarks / "own", 3, 4, Run())
    assert min(asked) >= 10**12


def test_a_set_that_is_not_there(benchmarks, bicubic, vgg16):
    with pytest.raises(UserError, match=r"training\.validation is 'set5', which is not among .*\(own\)"):
        validation(bicubic, vgg16, benchmarks / "set5", 1, 4, Run())
    with pytest.raises(UserError, match=r"not among the benchmark sets \(none\)"):
        validation(bicubic, vgg16, benchmarks / "nowhere" / "set5", 1, 4, Run())
