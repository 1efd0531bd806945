"""Five experiments to compare, one of them called as a break-in."""

import base64
import io

import numpy as np
from PIL import Image

from srgan.experiments.read import Comparison, Experiment
from tests.experiments.conftest import means, png

HOSTILE = '<img src=x onerror=alert(1)>"&'  # a set is called as its folder is
# Name -> adversarial weight, PSNR-Y and perceptual distance of gan, grey of its picture.
RUNS = {
    "HEAD, 1234567": ("0.001", (31.0, 0.80), 40),
    "calm-one": ("0.0001", (31.5, 0.85), 80),
    "bold-one": ("0.01", (30.5, 0.70), 120),
    "poor-one": ("0.1", (30.6, 0.90), 160),
    "same-one": ("auto", (30.6, 0.90), 160),
}
ON_FRONT = {"HEAD, 1234567", "calm-one", "bold-one"}


def experiment(name, weight, point, grey, **more):
    kind = "baseline" if name.startswith("HEAD") else "experiment"
    figures = {"own": means(gan=point), HOSTILE: means(gan=(point[0] - 1, point[1]), vgg=point)}
    pictures = {"gan": png(grey), "vgg": png(grey + 1), "target": png(255)}
    settings = {"seed": "0", "gan.adversarial_weight": weight, **more}
    return Experiment(name, kind, settings, figures, {}, "cat", pictures)


def small():
    experiments = [experiment(name, *run) for name, run in RUNS.items()]
    return Comparison("1234567" + "0" * 33, experiments, {"<b>late": "failed"})


def decoded(source):
    kind, _, data = source.partition(",")
    assert kind == "data:image/webp;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))
