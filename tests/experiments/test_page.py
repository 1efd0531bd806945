"""The page of experiments: complete in itself, and true to the figures. In a browser: test_page_in_browser."""

import io
import json
import re
import time
from random import Random

import numpy as np
from PIL import Image

from srgan.experiments.front import front
from srgan.experiments.page import render
from srgan.experiments.read import Comparison, Experiment
from tests.experiments.compared import HOSTILE, decoded, small
from tests.experiments.conftest import means

MEGABYTE = 1_000_000


def test_the_page_needs_nothing_from_elsewhere_and_names_are_text():
    text = render(small(), ["own", HOSTILE])
    rest = re.sub(r'data:image[^"]*|^\s*//.*$', "", text, flags=re.MULTILINE)
    assert not re.search(r"https?:|//[a-z]|@import|url\(", rest)
    assert re.findall(r'(?:src|href|action)="([^"]*)"', rest) == ["data:,"]
    assert "<img src=x" not in text
    assert "<b>late" not in text
    assert render(small(), ["own", HOSTILE]) == text


def test_each_picture_is_there_once_and_is_the_middle_of_a_large_one():
    noise = np.random.default_rng(0).integers(0, 256, (200, 150, 3), np.uint8)
    noise[36:164, 11:139] = 77
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "PNG")
    comparison = small()
    comparison.experiments[1].pictures["gan"] = file.getvalue()
    text = render(comparison, ["own"])
    sources = json.loads(re.search(r'id="pictures">(.*?)</script>', text)[1])
    greys = [int(np.median(decoded(source))) for source in sources]
    assert sorted(greys) == sorted({40, 41, 77, 120, 160, 255})  # 41: the baseline's vgg
    (large,) = (decoded(source) for source, grey in zip(sources, greys, strict=True) if grey == 77)
    assert large.shape == (128, 128, 3)
    assert large.std() < 1


def test_a_figure_that_is_missing_or_infinite_has_no_point():
    comparison = small()
    comparison.experiments[1].means["own"]["gan"]["psnr_y"] = float("inf")
    del comparison.experiments[2].means["own"]
    text = render(comparison, ["own"])
    assert re.findall(r'<th scope="row">(.*?)</th>', text) == ["HEAD, 1234567", "poor-one", "same-one"]


def test_two_hundred_experiments_are_a_page_of_some_megabytes_in_seconds():
    random, generator = Random(0), np.random.default_rng(0)
    experiments = []
    for number in range(200):
        point = random.uniform(30, 32), random.uniform(0.6, 0.9)
        grain = generator.normal(0, 12, (128, 128, 3)) + np.linspace(40, 200, 128)[:, None]
        file = io.BytesIO()
        Image.fromarray(grain.clip(0, 255).astype(np.uint8)).save(file, "PNG")
        pictures = {model: file.getvalue() + bytes([place]) for place, model in enumerate(("gan", "vgg", "wgan"))}
        settings = {"gan.lr": f"{random.uniform(1e-6, 1e-4):.3g}", "gan.game": random.choice(["plain", "relativistic"])}
        figures = {"own": means(gan=point, vgg=point, wgan=point)}
        experiments.append(Experiment(f"exp-{number}", "experiment", settings, figures, {}, "cat", pictures))
    start = time.process_time()
    text = render(Comparison("0" * 40, experiments), ["own"])
    assert time.process_time() - start < 30
    assert len(json.loads(re.search(r'id="pictures">(.*?)</script>', text)[1])) == 600
    assert text.count('role="option"') == 600
    assert len(text.encode()) < 10 * MEGABYTE
    points = {
        number: (e.means["own"]["gan"]["psnr_y"], e.means["own"]["gan"]["perceptual_distance"])
        for number, e in enumerate(experiments)
    }
    assert text.count('; on the front"') == 3 * len(front(points))


def test_what_was_measured_on_other_photographs_is_on_a_plane_of_its_own():
    comparison = small()
    head, calm, bold, poor, _ = comparison.experiments
    for each, digest in ((head, "1a2b" * 4), (calm, "1a2b" * 4), (bold, "3c4d" * 4), (poor, "3c4d" * 4)):
        each.photographs["own"] = digest  # the last is of a version that did not say
    text = render(comparison, ["own"])
    assert "Not all were measured on the same photographs of own. Figures on different" in text
    tables = {
        title: re.findall(r'<th scope="row">(.*?)</th>', section)
        for title, section in re.findall(r"<h2[^>]*>SRGAN on (.*?)</h2>(.*?)</section>", text, flags=re.DOTALL)
    }
    assert tables == {
        "own, photographs 1a2b1a2b": ["calm-one", "HEAD, 1234567"],
        "own, photographs 3c4d3c4d": ["poor-one", "bold-one"],
        "own, photographs not recorded": ["same-one"],
    }
    for each in comparison.experiments:
        each.photographs["own"] = "1a2b" * 4
    text = render(comparison, ["own"])
    assert "SRGAN on own</h2>" in text
    assert "Not all were measured" not in text
