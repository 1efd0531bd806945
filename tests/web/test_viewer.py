"""The viewer in a browser: bicubic beside the network's result, to the pixel, and the download."""

import io

import numpy as np
import pytest
from PIL import Image
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from srgan.inference.enlarger import Enlarger
from srgan.inference.shipped import SHIPPED
from tests.browser import resize
from tests.pictures import smooth
from tests.web.page import give
from tests.web_servers import SECONDS


def shown(page):
    """What the first viewer shows, int (H, W, 3)."""
    script = "const stage = document.querySelector('.stage'); stage.scrollIntoView({ block: 'center' });"
    box = page.execute_script(f"{script} return stage.getBoundingClientRect().toJSON()")
    left, top, right, bottom = (round(box[side]) for side in ("left", "top", "right", "bottom"))
    window = np.asarray(Image.open(io.BytesIO(page.get_screenshot_as_png())).convert("RGB")).astype(int)
    return window[top:bottom, left:right]


def edge(page, before, after):
    """The column of the stage where bicubic ends and the network begins; it is checked on both sides of it."""
    picture = shown(page)
    height, width = picture.shape[:2]
    top, left = (height - before.shape[0]) // 2, (width - before.shape[1]) // 2
    row = picture[top + 40, left : left + before.shape[1]]  # beside the handle and the names
    is_before, is_after = ((np.abs(row - view[40]) <= 1).all(axis=1) for view in (before, after))
    split = round(width * float(page.find_element(By.CSS_SELECTOR, ".split").get_property("value")) / 100) - left
    assert is_before[: max(0, split - 3)].all()
    assert is_after[max(0, split + 3) :].all()
    assert is_before.sum() < len(row) or split >= len(row)
    return split


HANDLE = """
const divider = document.querySelector(".divider"), { left, width, height } = getComputedStyle(divider, "::after");
return { size: [width, height], middle: divider.offsetLeft + parseFloat(left) };
"""


@pytest.fixture
def views(enlarged, tmp_path):
    """What bicubic and the network give, by the same code as the command line's."""
    Enlarger(SHIPPED / "gan").enlarge(tmp_path / "photo.png", tmp_path / "large.png")
    after = np.asarray(Image.open(tmp_path / "large.png")).astype(int)
    source = enlarged.find_element(By.CSS_SELECTOR, "img.before").get_property("src")
    script = "const [url, done] = arguments; fetch(url).then((r) => r.bytes()).then((bytes) => done([...bytes]))"
    before = np.asarray(Image.open(io.BytesIO(bytes(enlarged.execute_async_script(script, source))))).astype(int)
    assert np.abs(before - after).max() > 3
    return before, after


def test_the_slider_moves_by_keyboard(enlarged, views):
    slider = enlarged.find_element(By.CSS_SELECTOR, ".split")
    assert slider.accessible_name == "photo.png: how much of bicubic interpolation is shown, the rest is SRGAN"
    edges = [edge(enlarged, *views)]
    slider.send_keys(*[Keys.ARROW_RIGHT] * 10)
    edges.append(edge(enlarged, *views))
    slider.send_keys(Keys.HOME)
    edges.append(edge(enlarged, *views))
    assert edges[2] < 0 < edges[0] < edges[1] < 256


def test_the_slider_moves_by_mouse(enlarged, views):
    before = edge(enlarged, *views)
    divider = enlarged.find_element(By.CSS_SELECTOR, ".divider")
    ActionChains(enlarged).drag_and_drop_by_offset(divider, 50, 0).perform()
    assert edge(enlarged, *views) == pytest.approx(before + 50, abs=4)


def test_the_divider_says_where_it_is_and_a_click_moves_it(enlarged, views):
    slider = enlarged.find_element(By.CSS_SELECTOR, ".split")
    pan = enlarged.find_element(By.CSS_SELECTOR, ".pan")
    assert slider.get_attribute("aria-valuetext") == "50 % Bicubic, 50 % SRGAN"
    ActionChains(enlarged).move_to_element_with_offset(pan, -100, 0).click().perform()
    assert edge(enlarged, *views) == pytest.approx(128 - 100, abs=2)
    left = round(float(slider.get_property("value")))
    assert left < 50
    assert slider.get_attribute("aria-valuetext") == f"{left} % Bicubic, {100 - left} % SRGAN"


def test_the_name_of_a_side_that_is_not_seen_is_hidden_and_the_handle_stays(enlarged):
    slider = enlarged.find_element(By.CSS_SELECTOR, ".split")
    tags = enlarged.find_elements(By.CSS_SELECTOR, ".stage .tag")
    stage = enlarged.find_element(By.CSS_SELECTOR, ".stage").rect
    seen = []
    for key in (None, Keys.HOME, Keys.END):
        slider.send_keys(key) if key else None
        seen.append([tag.is_displayed() for tag in tags])
        box = enlarged.execute_script(HANDLE)
        assert box["size"] == ["36px", "36px"]  # a circle
        assert stage["x"] <= stage["x"] + box["middle"] - 18
        assert box["middle"] + 18 <= stage["width"]
    assert seen == [[True, True], [False, True], [True, False]]


@pytest.mark.parametrize(
    ("size", "shape"), [((16, 48), (240, 720)), ((4, 4), (160, 64)), ((8, 400), (160, 720)), ((400, 8), (960, 64))]
)
def test_the_stage_is_as_large_as_the_picture(opened, tmp_path, size, shape):
    """At most four times the result, as wide as the page, and 80 % of the window's height; not too small for a hand."""
    Image.fromarray(smooth(size[1], size[0], 3)).save(tmp_path / "photo.png")
    give(opened, tmp_path / "photo.png")
    stage, slider = (opened.find_element(By.CSS_SELECTOR, part).rect for part in (".stage", ".split"))
    assert (round(stage["width"]), round(stage["height"])) == shape
    assert slider["width"] == stage["width"]


def test_a_tall_picture_gets_more_room_when_it_is_enlarged(opened, tmp_path):
    Image.fromarray(smooth(192, 64, 3)).save(tmp_path / "photo.png")
    give(opened, tmp_path / "photo.png")
    stage, pan = (opened.find_element(By.CSS_SELECTOR, part) for part in (".stage", ".pan"))
    assert (stage.rect["width"], stage.rect["height"]) == (240, 720)
    assert pan.get_attribute("tabindex") is None  # there is nothing to move
    for zoom, width in ((1, 256), (2, 512), (4, 960)):
        opened.find_element(By.CSS_SELECTOR, f"[type=radio][value='{zoom}']").click()
        assert (round(stage.rect["width"]), round(stage.rect["height"])) == (width, 720)
        assert pan.get_attribute("tabindex") == "0"
        assert pan.accessible_name == "photo.png, enlarged; arrow keys move both pictures"


@pytest.mark.parametrize("density", [1, 1.5, 2])
def test_only_whole_screen_pixels_are_repeated(enlarged, density):
    """Else some of the result's pixels would be wider than others."""
    size = {"width": 1200, "height": 900, "deviceScaleFactor": density, "mobile": False}
    enlarged.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    image = enlarged.find_element(By.CSS_SELECTOR, "img.after")
    for zoom in ("fit", "1", "2", "4"):
        enlarged.find_element(By.CSS_SELECTOR, f"[type=radio][value='{zoom}']").click()
        times = image.rect["width"] / 256
        expected = "pixelated" if (times * density).is_integer() else "auto"
        assert image.value_of_css_property("image-rendering") == expected
        assert zoom != "fit" or times == 3.75


def test_zoom_repeats_pixels_and_both_pictures_move(enlarged, views):
    enlarged.find_element(By.CSS_SELECTOR, ".split").send_keys(Keys.HOME)
    enlarged.find_element(By.CSS_SELECTOR, "[type=radio][value='4']").click()
    resize(enlarged, 500)
    pan = enlarged.find_element(By.CSS_SELECTOR, ".pan")
    enlarged.execute_script("arguments[0].scrollTo(0, 0)", pan)
    corner = shown(enlarged)[40:80, 40:200]
    np.testing.assert_allclose(corner, views[1][10:20, 10:50].repeat(4, axis=0).repeat(4, axis=1), atol=1)
    ActionChains(enlarged).drag_and_drop_by_offset(pan, -80, 0).perform()
    np.testing.assert_allclose(
        shown(enlarged)[40:80, 40:200], views[1][10:20, 30:70].repeat(4, axis=0).repeat(4, axis=1), atol=1
    )
    left, right = (pan.find_element(By.CSS_SELECTOR, f"img.{side}").rect for side in ("before", "after"))
    assert left == right


def test_the_download_is_the_result(enlarged, views, tmp_path):
    enlarged.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path / "got")}
    )
    enlarged.find_element(By.LINK_TEXT, "Download").click()
    WebDriverWait(enlarged, SECONDS).until(lambda _: (tmp_path / "got/photo.png").exists())
    assert (tmp_path / "got/photo.png").read_bytes() == (tmp_path / "large.png").read_bytes()
