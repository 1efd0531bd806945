"""The page of results: complete in itself, true to the pixel and the digit, and usable in a browser."""

import base64
import io
import json
import re
from contextlib import chdir
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from srgan.data.images import read_image
from srgan.data.resize import crop_to_multiple
from srgan.metrics.score import printed
from srgan.pipeline import MODELS
from srgan.report import page as report
from srgan.report.crops import most_lost
from stages import render
from tests.browser import browser_missing, chromium, load, luminance, prefer, resize
from tests.report.conftest import SCALE, known_settings, write_project

HOSTILE = ["<img src=x onerror=alert(1)>", "a\"' & b"]  # a user's own file names are no HTML
COLUMNS = (*MODELS, "target")


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


def rendered(root):
    with chdir(root):
        render.main()
    return (root / "results/report.html").read_text(encoding="utf-8")


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
    assert len(references) == 2 * len(COLUMNS) + 1  # the pictures, and no icon
    assert all(reference.startswith("data:") for reference in references)
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


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page in a browser."""
    if reason := browser_missing():
        pytest.skip(reason)
    root = tmp_path_factory.mktemp("project")
    write_project(root, known_settings(), HOSTILE)
    rendered(root)
    with chromium() as driver:
        driver.root = root
        yield driver


@pytest.fixture
def opened(page):
    """The page, newly loaded, light and wide."""
    load(page, (page.root / "results/report.html").as_uri())
    return page


def shown(page):
    """What the first viewer shows, uint8 (H, W, 3)."""
    png = page.find_element(By.CSS_SELECTOR, ".stage").screenshot_as_png
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def test_the_slider_moves_by_keyboard_and_shows_both_models(opened):
    left, right = (
        np.kron(read_image(opened.root / f"data/sr/own/{model}/{min(HOSTILE)}.png"), np.ones((4, 4, 1), np.uint8))
        for model in ("bicubic", "gan")
    )
    slider = opened.find_element(By.CSS_SELECTOR, "input[type=range]")
    assert min(HOSTILE) in slider.accessible_name
    edges = []
    for keys in ([], [Keys.HOME, *[Keys.ARROW_RIGHT] * 20], [Keys.END, *[Keys.ARROW_LEFT] * 20]):
        slider.send_keys(*keys) if keys else None
        picture = shown(opened)
        height, width = picture.shape[:2]
        top, margin = (height - left.shape[0]) // 2, (width - left.shape[1]) // 2
        row = picture[height * 3 // 4, margin : margin + left.shape[1]]  # below the handle and the names
        is_left, is_right = ((row == model[height * 3 // 4 - top]).all(axis=1) for model in (left, right))
        edge = round(width * int(slider.get_property("value")) / 100) - margin
        assert is_left[: edge - 3].all()
        assert is_right[edge + 3 :].all()
        assert not is_left[edge + 3 :].any()
        edges.append(edge)
    assert edges[1] < edges[0] < edges[2]


def test_the_models_are_chosen_and_swapped(opened):
    Select(opened.find_element(By.NAME, "left")).select_by_value("target")
    Select(opened.find_element(By.NAME, "right")).select_by_value("wgan")
    tags = [tag.text for tag in opened.find_elements(By.CSS_SELECTOR, ".tag")]
    assert tags == ["Target (HR)", "WGAN (200, MSE)"] * 2
    opened.find_element(By.NAME, "swap").send_keys(Keys.ENTER)
    tags = [tag.text for tag in opened.find_elements(By.CSS_SELECTOR, ".tag")]
    assert tags == ["WGAN (200, MSE)", "Target (HR)"] * 2
    for picture in opened.find_elements(By.CSS_SELECTOR, ".picture"):
        for side, column in (("left", "wgan"), ("right", "target")):
            image = picture.find_element(By.CSS_SELECTOR, f"img.{side}")
            source = picture.find_element(By.CSS_SELECTOR, f"[data-column={column}] img")
            assert image.get_property("src") == source.get_property("src")


def test_zoom_repeats_pixels_and_panning_moves_both_pictures(opened):
    radios = opened.find_elements(By.NAME, "zoom")
    assert [radio.is_selected() for radio in radios] == [False, False, True, False]  # 4 x 128 pixels fit
    radios[2].send_keys(Keys.ARROW_RIGHT)
    pan = opened.find_element(By.CSS_SELECTOR, ".pan")
    before = shown(opened)
    opened.execute_script("arguments[0].scrollTo(0, 0)", pan)
    left, right = (pan.find_element(By.CSS_SELECTOR, f"img.{side}").rect for side in ("left", "right"))
    assert left == right
    assert left["width"] == 8 * 128
    assert not np.array_equal(shown(opened), before)
    corner = shown(opened)[200:264, 24:64]
    np.testing.assert_array_equal(corner, corner[::8, ::8].repeat(8, axis=0).repeat(8, axis=1))


@pytest.mark.parametrize("width", [320, 360, 768, 1200])
def test_nothing_sticks_out(opened, width):
    resize(opened, width)
    opened.refresh()
    wide = "document.documentElement.scrollWidth"
    assert opened.execute_script(f"return {wide}") == width
    for details in opened.find_elements(By.CSS_SELECTOR, "details > summary"):
        details.send_keys(Keys.ENTER)
    assert opened.execute_script(f"return {wide}") == width


def test_dark_is_dark_and_both_are_legible(opened):
    levels = {}
    for scheme in ("light", "dark"):
        prefer(opened, scheme)
        paper = luminance(opened.execute_script("return getComputedStyle(document.body).backgroundColor"))
        drawn = [f'svg text[style*="--{name}"]' for name in ("soft", *MODELS)]
        for selector in ("body", ".note", "tbody th", "summary", *drawn):
            style = f"getComputedStyle(document.querySelector('{selector}'))"
            kind = "fill" if "text" in selector else "color"
            ink = luminance(opened.execute_script(f"return {style}.{kind}"))
            light, dark = max(paper, ink), min(paper, ink)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (scheme, selector)  # WCAG 2, level AA
        levels[scheme] = paper
    assert levels["dark"] < 0.05
    assert levels["light"] > 0.8


def test_everything_that_works_by_mouse_has_the_focus_in_turn_and_shows_it(opened):
    body = opened.find_element(By.TAG_NAME, "body")
    names = []
    for _ in range(10):
        body.send_keys(Keys.TAB)
        focused = opened.switch_to.active_element
        names.append(focused.get_attribute("name") or focused.get_attribute("class") or focused.tag_name)
        style = (
            "const e = arguments[0]; return getComputedStyle(e.name === 'zoom' ? e.nextElementSibling : e).outlineStyle"
        )
        assert opened.execute_script(style, focused) != "none", names[-1]
        assert focused.accessible_name, names[-1]
    assert names[:4] == ["left", "swap", "right", "zoom"]
    assert names.count("summary") == 2


def test_without_javascript_the_pictures_stand_side_by_side(opened):
    opened.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    opened.refresh()
    images = opened.find_elements(By.CSS_SELECTOR, "img")
    assert len(images) == 2 * len(COLUMNS)
    assert all(image.is_displayed() for image in images)
    assert not opened.find_element(By.CSS_SELECTOR, ".controls").is_displayed()
    assert opened.find_element(By.TAG_NAME, "table").is_displayed()
    assert all(chart.is_displayed() for chart in opened.find_elements(By.CSS_SELECTOR, "svg[role=img]"))


def test_the_browser_has_no_complaint_and_asked_for_one_file(page):
    page.get((page.root / "results/report.html").as_uri())
    assert page.get_log("browser") == []
    messages = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    asked = {m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"}
    assert {url for url in asked if not url.startswith("data:")} == {(page.root / "results/report.html").as_uri()}


def test_what_validation_measured_is_on_one_axis_for_all_stages(hostile):
    path = hostile / "results/curves/gan.csv"
    path.write_text(path.read_text().replace("31.5", "22.5"))
    charts = re.findall(r"<figcaption>Validation: PSNR-Y, dB.*?</svg>", rendered(hostile), re.DOTALL)
    labels = [re.findall(r"<text[^>]*>\s*(\d+)<", chart) for chart in charts]
    assert len(labels) == 4
    assert labels == labels[:1] * 4
