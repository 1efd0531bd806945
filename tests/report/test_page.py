"""The page of results: complete in itself, and true to the pixel and the digit."""

import base64
import io
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from srgan.data.images import read_image
from srgan.data.resize import crop_to_multiple
from srgan.metrics.score import printed
from srgan.pipeline import MODELS
from srgan.report import page as report
from srgan.report.crops import most_lost
from tests.report.conftest import SCALE, known_settings, write_project
from tests.report.page import COLUMNS, HOSTILE, rendered


class Elements(HTMLParser):
    """Every start tag with its attributes, and the text that follows it."""

    def __init__(self, page):
        super().__init__()
        self.all = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.all.append((tag, dict(attrs), []))

    def handle_data(self, data):
        if self.all:
            self.all[-1][2].append(data)

    def of(self, *tags):
        return [(attributes, "".join(text)) for tag, attributes, text in self.all if tag in tags]


@pytest.fixture
def hostile(tmp_path):
    write_project(tmp_path, known_settings(), HOSTILE)
    return tmp_path


def pixels(source):
    kind, _, data = source.partition(",")
    assert kind == "data:image/webp;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


def test_the_page_needs_nothing_from_elsewhere(hostile):
    page = rendered(hostile)
    elements = Elements(page)
    references = [
        value
        for _, attributes, _ in elements.all
        for name, value in attributes.items()
        if name in ("src", "srcset", "href", "xlink:href", "data", "action", "poster")
    ]
    assert len(references) == 2 * len(COLUMNS) + 2  # the pictures, no icon, and a link
    assert [reference for reference in references if not reference.startswith("data:")] == ["data.html"]
    assert not re.search(
        r"https?:|//[a-z]|@import|url\(", re.sub(r"data:image[^\"]*|^\s*//.*$", "", page, flags=re.MULTILINE)
    )
    policy = [attributes["content"] for attributes, _ in elements.of("meta") if "http-equiv" in attributes]
    assert policy == ["default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"]


def test_the_pictures_are_the_models_to_the_pixel(hostile):
    images = [attributes for attributes, _ in Elements(rendered(hostile)).of("img") if "src" in attributes]
    expected = []
    for name in sorted(HOSTILE):
        hr = crop_to_multiple(read_image(hostile / f"data/raw/benchmarks/own/{name}.png"), SCALE)
        expected += [read_image(hostile / f"data/sr/own/{model}/{name}.png") for model in MODELS] + [hr]
    assert len(images) == len(expected)
    for attributes, picture in zip(images, expected, strict=True):
        np.testing.assert_array_equal(pixels(attributes["src"]), picture)
        assert (int(attributes["height"]), int(attributes["width"])) == picture.shape[:2]
        assert attributes["alt"]


def test_of_a_large_picture_the_worst_window_is_shown(hostile, monkeypatch):
    monkeypatch.setattr(report, "WINDOW", 48)
    images = [attributes for attributes, _ in Elements(rendered(hostile)).of("img") if "src" in attributes]
    name = min(HOSTILE)
    hr = crop_to_multiple(read_image(hostile / f"data/raw/benchmarks/own/{name}.png"), SCALE)
    window = most_lost(hr, read_image(hostile / f"data/sr/own/bicubic/{name}.png"), 48, SCALE)
    np.testing.assert_array_equal(pixels(images[5]["src"]), hr[window])
    np.testing.assert_array_equal(
        pixels(images[4]["src"]), read_image(hostile / f"data/sr/own/wgan/{name}.png")[window]
    )


def test_the_table_has_the_figures_of_metrics_json(hostile):
    page = rendered(hostile)
    measured = json.loads((hostile / "results/metrics.json").read_text())["own"]
    body = re.search(r"<tbody>(.*?)</tbody>", page, flags=re.DOTALL)[1]
    rows = [re.findall(r"<td>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", body, flags=re.DOTALL)]
    shown = ["psnr_y", "ssim_y", "lr_psnr", "perceptual_distance", "mesh", "halo", "lattice", "spectral_distance"]
    expected = [[printed(metric, float(measured[model][metric])) for metric in shown] for model in MODELS]
    assert [[re.sub("<[^>]*>", "", cell) for cell in row] for row in rows] == expected
    for column, metric in enumerate(shown):
        values = [float(row[column].replace("–", "nan")) for row in expected]
        best = min(values) if metric in shown[3:] else max(values)
        assert [value == best for value in values] == ["best" in row[column] for row in rows]


def test_figures_have_names_and_the_page_says_how_small_the_networks_are(hostile):
    page = rendered(hostile)
    measured = json.loads((hostile / "results/metrics.json").read_text())["own"]
    figures = re.findall(r"<span>([\w ‑-]+) <b>(.*?)</b></span>", page)
    assert len(figures) == 2 * len(MODELS) * 3
    assert list(dict.fromkeys(name for name, _ in figures)) == ["PSNR-Y", "SSIM-Y", "Perceptual distance"]
    bicubic = [float(value.removesuffix("\u00a0dB")) for name, value in figures[:: 3 * len(MODELS)] if name == "PSNR-Y"]
    assert np.mean(bicubic) == pytest.approx(measured["bicubic"]["psnr_y"], abs=0.01)
    assert "They learned from 1,234 photographs: SRResNet in 90k iterations" in page
    trainings = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page[page.index('id="training"') :])
    assert trainings[6:9] == [("iterations", "40k"), ("content loss", "random VGG54"), ("starts from", "SRGAN")]


def test_a_column_s_title_breaks_between_words_alone(hostile):
    headers = [text for attributes, text in Elements(rendered(hostile)).of("th") if attributes["scope"] == "col"]
    assert headers[1:5] == [
        "PSNR‑Y,\u00a0dB\u00a0↑",
        "SSIM‑Y\u00a0↑",
        "LR‑PSNR,\u00a0dB\u00a0↑",
        "Perceptual distance\u00a0↓",
    ]


def test_names_are_text(hostile):
    elements = Elements(rendered(hostile))
    assert [text.strip() for attributes, text in elements.of("h3") if not attributes] == sorted(HOSTILE)
    assert not any("onerror" in attributes for _, attributes, _ in elements.all)


def test_better_models_lie_further_right_and_further_down(hostile):
    measured = json.loads((hostile / "results/metrics.json").read_text())["own"]
    page = rendered(hostile)
    drawn = re.findall(r'<circle r="[\d.]+" cx="([\d.]+)" cy="([\d.]+)" style="fill: var\(--(\w+)\)', page)
    places = {model: (float(x), float(y)) for x, y, model in drawn}
    assert list(places) == list(MODELS)
    names = re.findall(r'<text style="font-weight: 700;[^"]*fill: var\(--(\w+)\)"[^>]*>(.*?)<', page)
    assert [model for model, _ in names] == list(MODELS)
    assert len({text for _, text in names}) == len(MODELS)
    for place, metric, sign in ((0, "psnr_y", 1), (1, "perceptual_distance", -1)):
        by_place = sorted(MODELS, key=lambda model: places[model][place])
        values = [sign * measured[model][metric] for model in by_place]
        assert values == pytest.approx(sorted(values), abs=0.02)  # two places that print as one are one


def test_every_colour_and_font_of_the_plots_is_the_pages(hostile):
    style, _, body = rendered(hostile).partition("</style>")
    used = set(re.findall(r"var\((--\w+)\)", "".join(re.findall(r"<svg.*?</svg>", body, re.DOTALL))))
    assert used == {"--sans", "--soft", "--line", "--paper", *(f"--{model}" for model in MODELS)}
    assert used <= set(re.findall(r"(--\w+):", style))


def test_the_same_results_elsewhere_give_the_same_bytes(hostile, tmp_path_factory):
    first = rendered(hostile)
    other = tmp_path_factory.mktemp("another name")
    write_project(other, known_settings(), HOSTILE)
    assert rendered(other) == first
    assert str(hostile) not in first


def test_what_validation_measured_is_on_one_axis_for_all_stages(hostile):
    path = hostile / "results/curves/gan.csv"
    path.write_text(path.read_text().replace("31.5", "22.5"))
    charts = re.findall(r"<figcaption>Validation: PSNR-Y, dB.*?</svg>", rendered(hostile), re.DOTALL)
    labels = [re.findall(r"<text[^>]*>\s*(\d+)<", chart) for chart in charts]
    assert len(labels) == 4
    assert labels == labels[:1] * 4
