"""The page of results in a browser: by mouse, by keyboard, on a phone, in the dark, without JavaScript."""

import io
import json

import numpy as np
import pytest
from PIL import Image
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from srgan.data.images import read_image
from srgan.pipeline import MODELS
from tests.browser import browser_missing, chromium, load, luminance, prefer, resize
from tests.report.conftest import known_settings, write_project
from tests.report.page import COLUMNS, HOSTILE, rendered


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
    assert tags == ["photograph", "WGAN"] * 2
    opened.find_element(By.NAME, "swap").send_keys(Keys.ENTER)
    tags = [tag.text for tag in opened.find_elements(By.CSS_SELECTOR, ".tag")]
    assert tags == ["WGAN", "photograph"] * 2
    for picture in opened.find_elements(By.CSS_SELECTOR, ".picture"):
        for side, column in (("left", "wgan"), ("right", "target")):
            image = picture.find_element(By.CSS_SELECTOR, f"img.{side}")
            source = picture.find_element(By.CSS_SELECTOR, f"[data-column={column}] img")
            assert image.get_property("src") == source.get_property("src")


def test_the_stage_is_as_large_as_the_picture_and_the_handle_stays_in_it(opened):
    for width, zoom in ((360, 1), (1200, 1), (1200, 4)):
        resize(opened, width)
        opened.find_element(By.CSS_SELECTOR, f"[name=zoom][value='{zoom}'] + span").click()
        stage = opened.find_element(By.CSS_SELECTOR, ".stage").rect
        pan = opened.find_element(By.CSS_SELECTOR, ".pan")
        assert (stage["width"], stage["height"]) == (zoom * 128, zoom * 88)
        assert pan.get_attribute("tabindex") is None  # there is nothing to move
    slider = opened.find_element(By.CSS_SELECTOR, "input[type=range]")
    left, right = opened.find_elements(By.CSS_SELECTOR, ".tag")[:2]
    centre = "const [e] = arguments; return e.offsetLeft + parseFloat(getComputedStyle(e, '::after').left)"
    for key, seen, handle in ((Keys.HOME, (False, True), 20), (Keys.END, (True, False), 4 * 128 - 20)):
        slider.send_keys(key)
        assert (left.is_displayed(), right.is_displayed()) == seen
        divider = opened.find_element(By.CSS_SELECTOR, ".divider")
        assert opened.execute_script(centre, divider) == pytest.approx(handle, abs=1)
    assert slider.get_attribute("aria-valuetext") == "100 % bicubic, 0 % SRGAN"
    opened.find_element(By.CSS_SELECTOR, "[name=zoom][value='8'] + span").click()
    assert opened.find_element(By.CSS_SELECTOR, ".pan").get_attribute("tabindex") == "0"


def test_on_a_phone_the_table_keeps_its_names_in_view(opened):
    resize(opened, 390)
    opened.refresh()
    scroll = opened.find_element(By.CSS_SELECTOR, ".scroll")
    name, caption = scroll.find_element(By.CSS_SELECTOR, "tbody th"), opened.find_element(By.CSS_SELECTOR, ".caption")
    before = name.rect["x"], caption.rect["x"]
    opened.execute_script("arguments[0].scrollLeft = 1000", scroll)
    assert scroll.get_property("scrollLeft") > 50
    assert (name.rect["x"], caption.rect["x"]) == before


@pytest.mark.parametrize("width", [1000, 1280, 1920])
def test_the_table_is_whole_on_a_wide_screen(opened, width):
    resize(opened, width)
    scroll = opened.find_element(By.CSS_SELECTOR, ".scroll")
    assert scroll.get_property("scrollWidth") == scroll.get_property("clientWidth")


def test_the_same_parts_of_all_trainings_are_at_one_height(opened):
    for selector in ("h3", ".chart svg"):
        first = [
            each.find_element(By.CSS_SELECTOR, selector).rect
            for each in opened.find_elements(By.CSS_SELECTOR, ".stages > div")
        ]
        assert len({(rect["y"], rect["height"]) for rect in first}) == 1


def test_side_by_side_the_pictures_are_as_large_as_they_are(opened):
    opened.find_element(By.CSS_SELECTOR, "summary").click()
    images = opened.find_element(By.CSS_SELECTOR, ".versions").find_elements(By.TAG_NAME, "img")
    assert {image.rect["width"] for image in images} == {128}
    frames = [image.find_element(By.XPATH, "..").rect for image in images]
    assert min(frame["width"] for frame in frames) >= 256
    assert len({frame["x"] for frame in frames}) == 2  # beside each other in half the page


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
