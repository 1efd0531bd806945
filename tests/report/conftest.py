"""What the stages before `render` leave behind, for the tests of what it writes."""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skimage.data
import yaml
from PIL import Image

from srgan.data.benchmark import benchmark_sets
from srgan.evaluation.evaluate import evaluate, set_means, set_photographs
from srgan.evaluation.results import write_metrics, write_scores
from srgan.metrics.score import WATCHED
from srgan.pipeline import MODELS

REPOSITORY = Path(__file__).resolve().parents[2]
SCALE = 4
NAMES = ["a|b (1)", "chelsea_2"]  # a user's own file names are no Markdown


@pytest.fixture
def settings():
    """params.yaml with what the page shows set to known values."""
    return known_settings()


@pytest.fixture
def project(tmp_path, monkeypatch, settings):
    """A project up to `render`, as the current directory."""
    write_project(tmp_path, settings, NAMES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def known_settings():
    raw = yaml.safe_load((REPOSITORY / "params.yaml").read_text())
    raw["scale"] = SCALE
    raw["evaluate"] |= {"crop": 32, "pictures": 2}
    raw["data"] |= {"vgg19": "random", "benchmarks": ["own"]}
    raw["training"] |= {"validation": "own", "validation_images": 2}
    for stage, (count, content) in {
        "pretrain": (90_000, "mse"),
        "gan": (1500, "mse"),
        "vgg": (40_000, "vgg54"),
        "wgan": (200, "mse"),
    }.items():
        raw[stage] |= {"iterations": count, "content": content}
    return raw


def write_project(root, settings, names):
    """Photographs of these names, models that repeat pixels and brighten them, and short curves."""
    folder = root / "data/raw/benchmarks/own"
    folder.mkdir(parents=True)
    (root / "params.yaml").write_text(yaml.safe_dump(settings))
    for i, name in enumerate(names):
        Image.fromarray(skimage.data.chelsea()[60 * i : 60 * i + 90, 100:230]).save(folder / f"{name}.png")
    sets = benchmark_sets(root / "data/raw/benchmarks")

    upscalers = {model: partial(enlarged, brighter=level) for level, model in enumerate(MODELS)}
    scores = evaluate(sets, upscalers, SCALE, 10**7, root / "data/sr", {"perceptual_distance": deviation})
    write_scores(root / "results/images.csv", scores)
    (root / "results/data.json").write_text('{"train": {"photographs": 1234}}')
    write_metrics(root / "results/metrics.json", set_means(scores), set_photographs(scores))
    (root / "results/curves").mkdir()
    for name in MODELS[1:]:
        losses = {"content_loss": [0.1, 0.02, 0.01]}
        figures = {metric: [None, None, value] for metric, value in zip(WATCHED, (31.5, 0.75, 0.4, 0.02), strict=True)}
        curve = pd.DataFrame({"iteration": [1, 25, 50], **losses, **figures})
        curve.to_csv(root / f"results/curves/{name}.csv", index=False)


def enlarged(lr, brighter=0):
    """Every pixel repeated, and all of them some levels brighter."""
    return np.minimum(lr.repeat(SCALE, axis=0).repeat(SCALE, axis=1), 255 - brighter) + np.uint8(brighter)


def deviation(hr):
    """A judge that takes no second, where what the network says is not the question."""
    return lambda sr: float(np.abs(sr.astype(float) - hr).mean()) / 100
