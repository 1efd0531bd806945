"""The page of results: what it says is what was measured, its links lead somewhere, its bytes do not wander."""

import math
import re
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image

from srgan.data.benchmark import benchmark_pair
from srgan.data.images import read_image
from srgan.errors import UserError
from srgan.evaluation.evaluate import evaluate, set_means
from srgan.metrics.score import METRICS, WATCHED, printed
from srgan.names import COLUMNS
from srgan.params import Params
from srgan.pipeline import MODELS
from srgan.report.curves import read_curve, write_curves
from srgan.report.protocol import protocol
from srgan.report.table import mean_table, page
from stages import render
from tests.report.conftest import NAMES, SCALE, deviation, enlarged


def cells(line):
    """The cells of a Markdown table's row."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def links(markdown):
    return [unquote(link) for link in re.findall(r"\]\(([^)]*)\)", markdown)]


def test_best_values_are_bold():
    shown = ["psnr_y", "ssim_y", "lr_psnr", "perceptual_distance", "mesh", "halo"]
    values = {
        "bicubic": (28.0, 0.8111, 37.3, 1.42, 0.47, math.nan),
        "pretrain": (32.0, 0.8114, math.inf, 0.6864, 0.47, math.nan),
        "gan": (31.0, 0.80, 44.1, 0.6861, math.nan, math.nan),
    }
    models = {model: dict(zip(shown, row, strict=True)) | {"psnr_rgb": 26.0} for model, row in values.items()}
    rows = [cells(line) for line in mean_table(models, {m: m.upper() for m in models}).splitlines()]
    headers = ["PSNR-Y, dB ↑", "SSIM-Y ↑", "LR-PSNR, dB ↑", "Perceptual distance ↓", "Mesh, levels ↓", "Halo, levels ↓"]
    assert rows[0] == ["", *headers]  # the RGB twins stay in the files
    assert rows[2:] == [
        ["BICUBIC", "28.00", "**0.811**", "37.30", "1.420", "**0.47**", "–"],  # as good as the best in what is printed
        ["PRETRAIN", "**32.00**", "**0.811**", "**∞**", "**0.686**", "**0.47**", "–"],
        ["GAN", "31.00", "0.800", "44.10", "**0.686**", "–", "–"],
    ]


def test_the_library_s_figures_have_columns_where_they_were_measured():
    means = {"gan": dict.fromkeys(METRICS, 1.0)}
    headers = cells(mean_table(means, {"gan": "GAN"}).splitlines()[0])
    assert headers[4:8] == ["Perceptual distance ↓", "LPIPS ↓", "DISTS ↓", "NIQE ↓"]
    assert headers[-1] == "Spectral distance ↓"


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        ("hed", "VGG16 of ImageNet, fine-tuned for edges (HED, BSDS500)"),
        ("imagenet", "VGG16 of ImageNet"),
        ("../mine.h5", "VGG16 with weights of its own (`../mine.h5`)"),
    ],
)
def test_the_page_says_whose_features_are_compared(settings, setting, text):
    settings["data"]["features"] = setting
    assert f"eq. 1 with w = 1; not LPIPS) of {text}. Mesh" in protocol(Params.model_validate(settings))


def test_infinity_is_a_number_of_the_table():
    assert printed("psnr_y", math.inf) == "∞"
    assert printed("ssim_y", 0.87149) == "0.871"


def test_the_page_shows_what_was_measured(project):
    render.main()
    table = Path("results/table.md").read_text(encoding="utf-8")
    lines = table.splitlines()
    assert "from 1,234 photographs" in lines[0]
    assert "| SRGAN-VGG | 40k | random VGG54 | SRGAN |" in lines
    scores = pd.read_csv("results/images.csv").set_index(["image", "model"])
    for written, name in ((r"a\|b \(1\)", NAMES[0]), (r"chelsea\_2", NAMES[1])):
        head = lines.index(f"| {written} | bicubic | SRResNet | SRGAN | SRGAN-VGG | WGAN |")
        for line, metric, title, decimals in (
            (lines[head + 2], "psnr_y", "PSNR-Y, dB ↑", 2),
            (lines[head + 3], "ssim_y", "SSIM-Y ↑", 3),
            (lines[head + 4], "perceptual_distance", "Perceptual distance ↓", 3),
        ):
            values = [f"{scores.loc[(name, model), metric]:.{decimals}f}" for model in MODELS]
            assert cells(line) == [title, *values]
    assert "random weights" in table
    assert "mean of 2 photographs" in table
    trainings, means = re.findall(r"^\| WGAN.*$", table, flags=re.MULTILINE)
    assert trainings == "| WGAN | 200 | MSE | SRResNet |"
    assert f"{scores.xs('wgan', level='model').psnr_y.mean():.2f}" in means
    assert "at most 4.0" in table or "at most 3.9" in table  # wgan adds 4 levels


def test_every_link_leads_somewhere(project):
    render.main()
    table = Path("results/table.md").read_text(encoding="utf-8")
    own = [link for link in links(table) if not link.startswith("https://")]
    assert len(own) == 2 + 2
    assert all((Path("results") / link).is_file() for link in own)
    assert {Path("results") / link for link in own if link.startswith("crops/")} == strips()


def strips():
    """One for each photograph, beside its crops."""
    files = set(Path("results/crops").iterdir())
    found = {path for path in files if path.name.endswith("-all.png")}
    assert len(files) == len(found) * (1 + len(COLUMNS))
    return found


def crops_of(number):
    return [read_image(next(Path("results/crops").glob(f"{number}-*-{column}.png"))) for column in COLUMNS]


def test_all_crops_of_a_strip_are_the_same_place(project):
    render.main()
    crops = crops_of(2)
    assert {crop.shape for crop in crops} == {(32, 32, 3)}
    strip = read_image(next(Path("results/crops").glob("2-*-all.png")))
    for place, crop in enumerate(crops):
        np.testing.assert_array_equal(strip[-32:, 36 * place : 36 * place + 32], crop)  # one to one
    hr, _ = benchmark_pair(Path("data/raw/benchmarks/own") / f"{NAMES[1]}.png", SCALE, 10**7)
    sr = read_image(Path("data/sr/own/pretrain") / f"{NAMES[1]}.png")
    places = [
        (top, left)
        for top in range(0, hr.shape[0] - 31, SCALE)
        for left in range(0, hr.shape[1] - 31, SCALE)
        if np.array_equal(hr[top : top + 32, left : left + 32], crops[5])
    ]
    ((top, left),) = places
    np.testing.assert_array_equal(crops[1], sr[top : top + 32, left : left + 32])


def test_a_grey_photograph_has_a_row_too(project):
    path = Path("data/raw/benchmarks/own") / f"{NAMES[0]}.png"
    Image.open(path).convert("L").save(path)
    render.main()
    assert crops_of(1)[5].shape == (32, 32, 3)


def test_rendering_again_writes_the_same_bytes_and_nothing_else(project):
    def results():
        return {path: path.read_bytes() for path in Path("results").rglob("*") if path.is_file()}

    render.main()
    first = results()
    Path("results/crops/old.png").write_bytes(b"")
    render.main()
    assert results() == first


@pytest.mark.parametrize("text", [None, "", "{}", '{"train": []}'])
def test_a_report_on_photographs_that_is_none(project, text):
    path = Path("results/data.json")
    path.unlink() if text is None else path.write_text(text)
    with pytest.raises(UserError, match=r"results/data\.json.*dvc repro download"):
        render.main()


def test_measured_sets_that_are_not_there(project):
    Path("data/raw/benchmarks/own").rename("data/raw/benchmarks/other")
    with pytest.raises(UserError, match=r"other.*own.*dvc repro evaluate"):
        render.main()


def test_every_set_has_its_own_mean_values(project, settings):
    path = Path("data/raw/benchmarks/own") / f"{NAMES[1]}.png"
    sets = {"own": {NAMES[1]: path}, "set_b": {"x": path, "y": path}}
    upscalers = dict.fromkeys(MODELS, enlarged)
    scores = evaluate(sets, upscalers, SCALE, 10**7, Path("other"), {"perceptual_distance": deviation})
    crops = {NAMES[1]: {column: f"{column}.png" for column in (*COLUMNS, "all")}}
    table = page(Params.model_validate(settings), set_means(scores), scores, crops, photographs=1)
    assert "**own**, mean of 1 photograph:" in table
    assert r"**set\_b**, mean of 2 photographs:" in table
    assert len(re.findall(r"^\| WGAN", table, flags=re.MULTILINE)) == 1 + 2  # its training, and each set


def test_the_picture_of_curves_is_stable_and_shows_the_data(tmp_path):
    losses = {"content_loss": [1.0, 0.1, 0.01], "discriminator_loss": [-40.0, -41.0, -39.0]}
    figures = {"psnr_y": [None, 30, 31], "perceptual_distance": [None, 0.8, 0.7], "mesh": [None, 0.3, 0.2]}
    figures["halo"] = [None, None, None]  # no picture has an edge
    curve = pd.DataFrame({"iteration": [1, 2, 3], **losses, **figures})
    bicubic = {"psnr_y": 29.5, "perceptual_distance": 1.4}
    write_curves(tmp_path / "a.png", {"one": curve, "two": curve}, bicubic)
    write_curves(tmp_path / "b.png", {"one": curve, "two": curve}, bicubic)
    write_curves(tmp_path / "c.png", {"one": curve, "two": curve * 2}, bicubic)
    write_curves(tmp_path / "d.png", {"one": curve, "two": curve}, bicubic={})
    a, b, c, d = (path.read_bytes() for path in sorted(tmp_path.iterdir()))
    assert a == b
    assert len({a, c, d}) == 3
    assert len(a) < 150_000


@pytest.mark.parametrize("text", [None, "", "iteration,psnr_y\n", "step,loss\n1,2\n"])
def test_a_curve_that_is_none(tmp_path, text):
    path = tmp_path / "gan.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(UserError, match=r"gan\.csv.*dvc repro.*gan"):
        read_curve(path)


def test_each_figure_has_bicubic_s_level_of_its_own(tmp_path):
    curve = pd.DataFrame({"iteration": [1, 2], "content_loss": [1.0, 0.1], **{key: [0.8, 0.7] for key in WATCHED}})
    made = set()
    for distance in (1.4, 0.9):
        write_curves(tmp_path / "a.png", {"one": curve}, {"psnr_y": 29.5, "perceptual_distance": distance})
        made.add((tmp_path / "a.png").read_bytes())
    assert len(made) == 2


def test_bicubic_s_level_is_of_the_pictures_that_were_watched(project, settings, monkeypatch):
    settings["training"]["validation_images"] = 1
    Path("params.yaml").write_text(yaml.safe_dump(settings))
    drawn = []
    monkeypatch.setattr(render, "write_curves", lambda _, __, bicubic: drawn.append(bicubic))
    render.main()
    scores = pd.read_csv("results/images.csv").set_index(["image", "model"])
    levels = scores.loc[(NAMES[0], "bicubic"), list(WATCHED)].dropna()  # it may have no smooth place, and no edge
    assert drawn == [{metric: pytest.approx(level) for metric, level in levels.items()}]
    assert {"psnr_y", "perceptual_distance"} <= set(levels.index)
