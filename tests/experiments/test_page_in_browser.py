"""The page of experiments in a browser: usable by mouse, keyboard and thumb, and legible."""

import json
import time

import numpy as np
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from srgan.experiments.page import render
from srgan.experiments.read import Comparison
from tests.browser import browser_missing, chromium, contrast, load, luminance, prefer, resize
from tests.experiments.compared import HOSTILE, ON_FRONT, RUNS, decoded, experiment, small


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page in a browser."""
    if reason := browser_missing():
        pytest.skip(reason)
    path = tmp_path_factory.mktemp("page") / "compare.html"
    path.write_text(render(small(), ["own", HOSTILE]))
    with chromium() as driver:
        driver.path = path
        yield driver


@pytest.fixture
def opened(page):
    """The page, newly loaded, light and wide."""
    load(page, page.path.as_uri())
    return page


def shown(driver):
    """What the visible card says: name, note, settings and figures, pictures by caption."""
    (card,) = (card for card in driver.find_elements(By.CSS_SELECTOR, ".chosen") if card.is_displayed())
    terms, values = ([each.text for each in card.find_elements(By.TAG_NAME, tag)] for tag in ("dt", "dd"))
    figures = card.find_elements(By.CSS_SELECTOR, "figure")
    greys = {f.text: int(np.median(decoded(f.find_element(By.TAG_NAME, "img").get_property("src")))) for f in figures}
    title, note = (card.find_element(By.CSS_SELECTOR, selector).text for selector in ("h3", ".note"))
    return title, note, dict(zip(terms, values, strict=True)), greys


def visible(driver, selector):
    return [each for each in driver.find_elements(By.CSS_SELECTOR, selector) if each.is_displayed()]


def point(driver, name):
    (found,) = (each for each in visible(driver, ".point") if each.accessible_name.startswith(f"{name};"))
    return found


def names(driver):
    return [each.text for each in visible(driver, "tbody th")]


def test_hovering_a_point_shows_its_settings_figures_and_picture(opened):
    for name in ("bold-one", "calm-one"):
        ActionChains(opened).move_to_element(point(opened, name)).perform()
        weight, (psnr, distance), grey = RUNS[name]
        title, note, said, greys = shown(opened)
        assert (title, note) == (name, "On the front")
        assert list(said) == [
            "gan.adversarial_weight",
            "PSNR-Y, dB",
            "Perceptual distance",
        ]  # not what is the same in all
        assert said["gan.adversarial_weight"] == weight
        assert (said["PSNR-Y, dB"], said["Perceptual distance"]) == (f"{psnr:.2f}", f"{distance:.3f}")
        assert greys == {name: grey, "baseline": 40, "photograph": 255}


def test_the_pointer_may_be_a_little_beside_a_point_and_not_far_from_all(opened):
    bold, poor = (point(opened, name).rect for name in ("bold-one", "poor-one"))
    ActionChains(opened).move_to_element_with_offset(point(opened, "bold-one"), 12, -8).perform()
    assert shown(opened)[0] == "bold-one"
    assert abs(poor["y"] - bold["y"]) > 200
    ActionChains(opened).move_to_element_with_offset(point(opened, "poor-one"), 0, 100).perform()
    assert shown(opened)[0] == "bold-one"  # what was last pointed at


def test_the_arrow_keys_go_from_point_to_point(opened):
    opened.execute_script("document.querySelector('.point[tabindex=\"0\"]').focus()")
    assert shown(opened)[0] == "HEAD, 1234567"
    order = []
    for key in (Keys.HOME, *[Keys.ARROW_RIGHT] * 5, Keys.ARROW_LEFT, Keys.END):
        opened.switch_to.active_element.send_keys(key)
        focused = opened.switch_to.active_element
        assert focused.accessible_name.startswith(f"{shown(opened)[0]};")
        assert focused.get_attribute("aria-selected") == "true"
        order.append(shown(opened)[0])
    assert {order.pop(1), order.pop(1)} == {"poor-one", "same-one"}
    last = ["calm-one", "calm-one", "HEAD, 1234567", "calm-one"]
    assert order == ["bold-one", "HEAD, 1234567", *last]


def test_a_plane_is_one_stop_of_the_tab_key_and_every_stop_is_seen(opened):
    body = opened.find_element(By.TAG_NAME, "body")
    stops = []
    for _ in range(12):
        body.send_keys(Keys.TAB)
        focused = opened.switch_to.active_element
        stops.append(focused.get_attribute("role") or focused.get_attribute("name") or focused.tag_name)
        assert focused.accessible_name, stops[-1]
    assert stops[:5] == ["set", "model", "option", "a", "region"]
    assert stops[5:] == ["button"] * 7
    point(opened, "bold-one").send_keys(Keys.HOME)
    stroke = "return getComputedStyle(document.querySelector('.comparison:not([hidden]) .ring')).stroke"
    accent = opened.execute_script("return getComputedStyle(document.documentElement).getPropertyValue('--accent')")
    red, green, blue = (int(accent.strip()[place : place + 2], 16) for place in (1, 3, 5))
    assert opened.execute_script(stroke) == f"rgb({red}, {green}, {blue})"


def test_equal_points_say_so(opened):
    visible(opened, "tbody th button")[names(opened).index("poor-one")].click()
    assert shown(opened)[:2] == ("poor-one", "Not on the front; same figures: same-one")


def test_the_front_is_marked_on_the_plane_and_in_the_table(opened):
    marked = {each.accessible_name.partition(";")[0] for each in visible(opened, ".point.front")}
    rows = {row.text.split("\n")[0].partition(" ●")[0] for row in visible(opened, "tbody tr") if "●" in row.text}
    assert marked == rows == ON_FRONT
    assert all(
        ("on the front" in each.accessible_name) == ("front" in each.get_attribute("class").split())
        for each in visible(opened, ".point")
    )


def test_the_table_is_sorted_by_each_column_both_ways(opened):
    assert names(opened)[0] == "calm-one"
    assert visible(opened, "th[aria-sort]")[0].get_attribute("aria-sort") == "descending"
    headers = visible(opened, "thead th")
    by_weight = ["calm-one", "HEAD, 1234567", "bold-one", "poor-one", "same-one"]  # numbers before the word
    for column, ascending, descending in (
        (0, sorted(RUNS, key=str.lower), sorted(RUNS, key=str.lower, reverse=True)),
        (2, by_weight, [*by_weight[3::-1], "same-one"]),
    ):
        for expected, direction in ((ascending, "ascending"), (descending, "descending")):
            headers[column].find_element(By.TAG_NAME, "button").send_keys(Keys.ENTER)
            assert names(opened) == expected
            assert [each for each in headers if each.get_attribute("aria-sort")] == [headers[column]]
            assert headers[column].get_attribute("aria-sort") == direction
    headers[1].find_element(By.TAG_NAME, "button").click()
    assert set(names(opened)[:3]) == ON_FRONT


def test_network_and_set_are_chosen_and_the_experiment_stays(opened):
    assert [each.text for each in visible(opened, "h2")] == ["SRGAN on own", "Left out"]
    ActionChains(opened).move_to_element(point(opened, "bold-one")).perform()
    Select(opened.find_element(By.NAME, "set")).select_by_visible_text(HOSTILE)
    assert [each.text for each in visible(opened, "h2")] == [f"SRGAN on {HOSTILE}", "Left out"]
    assert shown(opened)[0] == "bold-one"
    assert shown(opened)[2]["PSNR-Y, dB"] == "29.50"
    opened.find_element(By.CSS_SELECTOR, "[value=vgg] + span").click()
    assert visible(opened, "h2")[0].text == f"SRGAN-VGG on {HOSTILE}"
    assert shown(opened)[3]["bold-one"] == 121


def test_what_was_left_out_is_named(opened):
    assert [each.text for each in visible(opened, ".left-out li")] == ["failed: <b>late"]


@pytest.mark.parametrize("width", [320, 360, 768, 1200])
def test_nothing_sticks_out(opened, width):
    resize(opened, width)
    opened.refresh()
    assert opened.execute_script("return document.documentElement.scrollWidth") == width
    assert all(each.rect["width"] > 0 for each in visible(opened, ".details img"))


def test_on_a_phone_a_name_in_the_table_brings_its_card_into_view(opened):
    resize(opened, 360, 500)
    opened.refresh()
    visible(opened, "tbody th button")[-1].click()
    (card,) = visible(opened, ".chosen h3")
    top = opened.execute_script("return arguments[0].getBoundingClientRect().top", card)
    assert -1 < top < 500
    visible(opened, ".back")[0].click()
    focused = opened.switch_to.active_element
    assert focused.text == card.text
    top = opened.execute_script("return arguments[0].getBoundingClientRect().top", focused)
    assert 0 < top < 500


def test_a_long_table_keeps_its_titles_and_names_in_view(opened):
    resize(opened, 390, 400)
    opened.refresh()
    (scroll,) = visible(opened, ".scroll")
    assert scroll.rect["height"] <= 320
    title, name = visible(opened, "thead th")[0], visible(opened, "tbody th")[-1]
    before = title.rect["y"], name.rect["x"]
    opened.execute_script("arguments[0].style.maxHeight = '120px'; arguments[0].scrollTo(1000, 1000)", scroll)
    assert scroll.get_property("scrollTop") > 20
    assert scroll.get_property("scrollLeft") > 5
    assert (title.rect["y"], name.rect["x"]) == before


def test_the_table_fits_and_the_plane_has_the_width_of_its_column(opened):
    resize(opened, 1280)
    (scroll,), (field,), (plane,) = (visible(opened, selector) for selector in (".scroll", ".field", ".field > svg"))
    assert scroll.get_property("scrollWidth") == scroll.get_property("clientWidth")
    assert plane.rect["width"] == field.rect["width"]


def test_dark_is_dark_and_both_are_legible(opened):
    for scheme, bounds in (("light", (0.8, 1)), ("dark", (0, 0.05))):
        prefer(opened, scheme)
        paper = luminance(opened.execute_script("return getComputedStyle(document.body).backgroundColor"))
        assert bounds[0] <= paper <= bounds[1]
        for selector in ("body", "header p", ".note", "thead th", "tbody th", ".chosen dt", ".chosen dd"):
            assert contrast(opened, selector) >= 4.5, (scheme, selector)  # WCAG 2, level AA
        for selector, kind in ((".field text", "fill"), (".point.front", "fill"), (".point:not(.front)", "stroke")):
            style = f"getComputedStyle(document.querySelector('{selector}'))"
            assert opened.execute_script(f"return {style}.strokeOpacity") == "1"
            fill = luminance(opened.execute_script(f"return {style}.{kind}"))
            assert (max(fill, paper) + 0.05) / (min(fill, paper) + 0.05) >= 3, (scheme, selector)


def test_without_javascript_planes_and_tables_are_there(opened):
    opened.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    opened.refresh()
    assert len(visible(opened, "table")) == len(visible(opened, ".field")) == 3
    assert not visible(opened, ".controls")


def test_the_browser_has_no_complaint_and_asked_for_one_file(page):
    page.get(page.path.as_uri())
    assert page.get_log("browser") == []
    messages = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    asked = {m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"}
    assert {url for url in asked if not url.startswith("data:")} == {page.path.as_uri()}


def test_two_hundred_experiments_are_pointed_at_and_sorted_without_a_wait(tmp_path):
    """It takes two seconds; the bound is for a machine that does other things, too."""
    points = {number: (30 + number % 20 / 10, 0.6 + number // 20 / 40) for number in range(200)}
    baseline, *_ = small().experiments
    experiments = [baseline] + [
        experiment(f"exp-{number:03}", f"{number / 1e5:g}", point, 40 + number) for number, point in points.items()
    ]
    path = tmp_path / "compare.html"
    path.write_text(render(Comparison("1234567" + "0" * 33, experiments), ["own"]))
    with chromium() as driver:
        start = time.monotonic()
        driver.get(path.as_uri())
        for number in (7, 123):
            chosen = f".point[aria-label^='exp-{number:03};']"
            ActionChains(driver).move_to_element(driver.find_element(By.CSS_SELECTOR, chosen)).perform()
            title, _, said, greys = shown(driver)
            assert (title, said["PSNR-Y, dB"]) == (f"exp-{number:03}", f"{points[number][0]:.2f}")
            assert greys[title] == 40 + number
        button = driver.find_element(By.CSS_SELECTOR, "thead th button")
        for reverse in (False, True):
            button.click()
            rows = driver.execute_script(
                "return [...document.querySelector('tbody').rows].map(row => row.querySelector('th').innerText.trim())"
            )
            assert rows == sorted((each.name for each in experiments), key=str.lower, reverse=reverse)
        assert time.monotonic() - start < 30
        assert driver.get_log("browser") == []
