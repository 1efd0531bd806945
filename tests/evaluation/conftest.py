"""Photographs, a folder of benchmark sets, and what was measured on them."""

import pytest
import skimage.data
from PIL import Image

from srgan.data.benchmark import benchmark_sets
from srgan.data.images import to_rgb
from srgan.data.resize import crop_to_multiple, shrink
from srgan.evaluation.evaluate import evaluate
from tests.evaluation.models import JUDGES, MAX_PIXELS, SCALE, bicubic, nearest


@pytest.fixture
def photos():
    """An RGB photograph whose sides are no multiples of the scale, and a grey one."""
    return {"chelsea": skimage.data.chelsea()[60:161, 100:203], "grey/001": skimage.data.camera()[80:160, 180:276]}


@pytest.fixture
def benchmarks(tmp_path, photos):
    """data/raw/benchmarks with two sets: `both` with both photographs, `colour` with one."""
    root = tmp_path / "benchmarks"
    for set_name, names in {"both": ["chelsea", "grey/001"], "colour": ["chelsea"]}.items():
        for name in names:
            path = root / set_name / f"{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(photos[name]).save(path)
    return root


@pytest.fixture
def truth(photos):
    """A model that knows the answer: the photograph a reduction was made from."""
    cropped = [crop_to_multiple(photo, SCALE) for photo in photos.values()]
    answers = {to_rgb(shrink(hr, SCALE)).tobytes(): to_rgb(hr) for hr in cropped}
    return lambda lr: answers[lr.tobytes()]


@pytest.fixture
def scores(benchmarks, truth, tmp_path):
    upscalers = {"bicubic": bicubic, "nearest": nearest, "truth": truth}
    return evaluate(benchmark_sets(benchmarks), upscalers, SCALE, MAX_PIXELS, tmp_path / "sr", JUDGES)
