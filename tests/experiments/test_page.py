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


def columns(text, title):
    section = re.search(rf"<h2[^>]*>{title} on own</h2>.*?</section>", text, flags=re.DOTALL)[0]
    return re.findall(r'<th scope="col"[^>]* data-name="(.*?)"', section)[2:]


def test_a_table_has_the_settings_that_its_network_depends_on():
    comparison = small()
    starts = {"pretrain.init": "none", "gan.init": "pretrain", "vgg.init": "gan", "wgan.init": "pretrain"}
    for place, each in enumerate(comparison.experiments):
        each.settings.update(starts | {f"{stage}.lr": str(place) for stage in ("pretrain", "gan", "vgg", "wgan")})
        each.settings.update({"scale": str(place), "evaluate.crop": "96"})
        each.means["own"] |= means(gan=(30 + place, 0.9), vgg=(30 + place, 0.9), wgan=(30 + place, 0.9))
    text = render(comparison, ["own"])
    figures = ["PSNR-Y, dB", "Perceptual distance"]
    gan = ["gan.adversarial_weight", "pretrain.lr", "gan.lr"]
    assert columns(text, "SRGAN") == [*gan, "scale", *figures]
    assert columns(text, "SRGAN-VGG") == [*gan, "vgg.lr", "scale", *figures]
    assert columns(text, "WGAN") == ["pretrain.lr", "wgan.lr", "scale", *figures]
    comparison.experiments[2].settings["wgan.init"] = "gan"
    assert {*gan, "wgan.init", "wgan.lr"} < set(columns(render(comparison, ["own"]), "WGAN"))


def test_a_column_that_is_the_same_in_all_rows_is_left_out():
    comparison = small()
    assert columns(render(comparison, ["own"]), "SRGAN") == [
        "gan.adversarial_weight",
        "PSNR-Y, dB",
        "Perceptual distance",  # not the seed, and not SSIM
    ]
    comparison.experiments[1].means["own"]["gan"]["ssim_y"] = 0.9
    assert "SSIM-Y" in columns(render(comparison, ["own"]), "SRGAN")
    for each in comparison.experiments:
        each.settings["gan.adversarial_weight"] = "1" if "own" in each.means else "2"
    assert "gan.adversarial_weight" not in columns(render(comparison, ["own"]), "SRGAN")


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
