"""The page in a browser: a picture from the choice of a file to the download, by mouse, by keyboard, on a phone."""

import base64
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait
from skimage.data import chelsea

from srgan.data.resize import shrink
from srgan.inference.enlarger import Enlarger
from srgan.inference.shipped import SHIPPED
from tests.browser import browser_missing, chromium, contrast, load, prefer, resize
from tests.web.conftest import SECONDS, smooth

DROP = """
const [data] = arguments, transfer = new DataTransfer();
const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
transfer.items.add(new File([bytes], "dropped.png", { type: "image/png" }));
const event = new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true });
document.querySelector(".drop").dispatchEvent(event);
"""


@pytest.fixture(scope="module")
def page(server):
    """A browser on the page."""
    if reason := browser_missing():
        pytest.skip(reason)
    with chromium() as driver:
        driver.url = server.url + "/"
        yield driver


@pytest.fixture
def opened(page):
    """The page, newly loaded, light and wide."""
    load(page, page.url)
    WebDriverWait(page, SECONDS).until(lambda _: networks(page).options)
    return page


def networks(page):
    return Select(page.find_element(By.NAME, "network"))


def states(page):
    return [element.text for element in page.find_elements(By.CSS_SELECTOR, ".state")]


def give(page, *paths):
    """Choose files and wait until all are done; returns what is said of each."""
    before = len(states(page))
    page.find_element(By.NAME, "files").send_keys("\n".join(map(str, paths)))
    ended = "return document.querySelectorAll('.picture.failed, .viewer:not([hidden])').length"
    WebDriverWait(page, SECONDS).until(lambda _: page.execute_script(ended) == before + len(paths))
    loaded = "return [...document.querySelectorAll('.viewer img[src]')].every((image) => image.complete)"
    WebDriverWait(page, SECONDS).until(lambda _: page.execute_script(loaded))
    return states(page)[before:]


def shown(page):
    """What the first viewer shows, int (H, W, 3)."""
    script = "const stage = document.querySelector('.stage'); stage.scrollIntoView({ block: 'center' });"
    box = page.execute_script(f"{script} return stage.getBoundingClientRect().toJSON()")
    left, top, right, bottom = (round(box[side]) for side in ("left", "top", "right", "bottom"))
    window = np.asarray(Image.open(io.BytesIO(page.get_screenshot_as_png())).convert("RGB")).astype(int)
    return window[top:bottom, left:right]


@pytest.fixture
def enlarged(opened, tmp_path):
    """The page with a picture that is enlarged, at one screen pixel for each of the result."""
    Image.fromarray(shrink(chelsea()[40:232, 100:356], 4)).save(tmp_path / "photo.png")
    networks(opened).select_by_value("pretrained/gan")
    assert give(opened, tmp_path / "photo.png") == ["256 × 192 pixels"]
    opened.find_element(By.CSS_SELECTOR, "[type=radio][value='1']").send_keys(Keys.SPACE)
    return opened


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


def test_pictures_are_dropped_too(opened, tmp_path):
    Image.fromarray(smooth(12, 16, 3)).save(tmp_path / "photo.png")
    opened.execute_script(DROP, base64.b64encode((tmp_path / "photo.png").read_bytes()).decode())
    WebDriverWait(opened, SECONDS).until(lambda _: states(opened) == ["64 × 48 pixels"])
    assert opened.find_element(By.TAG_NAME, "h2").text == "dropped.png"


def test_a_file_that_has_gone_is_not_taken_for_the_server_s_end(opened, tmp_path):
    """A folder that is dropped cannot be read either."""
    Image.fromarray(smooth(12, 16, 3)).save(tmp_path / "photo.png")
    opened.execute_script("File.prototype.slice = () => ({arrayBuffer: () => Promise.reject(new Error('gone'))})")
    assert give(opened, tmp_path / "photo.png") == ["This file cannot be read: it is a folder, or is no longer there"]


# The server answers when `answer` is called, with the state that it is given; pictures are taken at once.
PATIENT = """
window.fetch = (path, options) => new Promise((resolve) => {
  const json = (value) => resolve(Response.json(value));
  if (options?.method === "POST") json({ key: "key" });
  else if (options?.method === "DELETE") resolve(new Response(null, { status: 204 }));
  else window.answer = json;
});
"""


def answered(page, state, expected):
    """Wait until the page asks for the state of the picture in work, answer, and wait for what is said of all."""
    WebDriverWait(page, SECONDS).until(lambda _: page.execute_script("return Boolean(window.answer)"))
    page.execute_script("const { answer } = window; window.answer = null; answer(arguments[0])", state)
    WebDriverWait(page, SECONDS).until(lambda _: states(page) == expected, message=f"{states(page)}")


def test_those_that_wait_come_nearer_when_one_is_done_or_removed(opened, tmp_path):
    paths = [tmp_path / f"{number}.png" for number in range(6)]
    for path in paths:
        Image.fromarray(smooth(12, 16, 3)).save(path)
    opened.execute_script(PATIENT)
    opened.find_element(By.NAME, "files").send_keys("\n".join(map(str, paths)))
    waiting = [f"Waits for {ahead} other{'s' if ahead > 1 else ''}" for ahead in range(1, 6)]
    answered(opened, {"state": "working", "done": 0.0}, ["Is enlarged", *waiting])
    live = [element.get_attribute("aria-live") for element in opened.find_elements(By.CSS_SELECTOR, ".state")]
    assert live == ["polite", *["off"] * 5]
    opened.find_elements(By.NAME, "remove")[2].click()
    assert states(opened) == ["Is enlarged", *waiting[:4]]
    answered(opened, {"state": "failed", "error": "Damaged"}, ["Damaged", "Is sent", *waiting[:3]])
    answered(opened, {"state": "working", "done": 0.0}, ["Damaged", "Is enlarged", *waiting[:3]])
    opened.find_elements(By.NAME, "remove")[1].click()
    assert states(opened) == ["Damaged", "Is next", *waiting[:2]]
    opened.find_element(By.NAME, "again").click()
    assert states(opened) == [waiting[2], "Is next", *waiting[:2]]


@pytest.mark.parametrize("network", ["auto", "pretrained/gan"])
def test_a_network_is_named_when_it_is_known(opened, tmp_path, network):
    Image.fromarray(smooth(12, 16, 3)).save(tmp_path / "photo.png")
    networks(opened).select_by_value(network)
    opened.execute_script(PATIENT)
    opened.find_element(By.NAME, "files").send_keys(str(tmp_path / "photo.png"))
    working = {"state": "working", "done": 0.0}
    if network == "auto":
        answered(opened, working, ["Is enlarged"])
        answered(opened, working | {"network": "SRResNet"}, ["Is enlarged by SRResNet"])
        told = {"network": "Photo", "reason": "a JPEG of quality 60"}
        answered(opened, working | told, ["Is enlarged by Photo, as it is a JPEG of quality 60"])
    else:
        answered(opened, working, ["Is enlarged by SRGAN"])


def test_pages_and_frames_that_are_not_enlarged_are_said(opened, tmp_path):
    scans = [Image.fromarray(smooth(12, 16, 3))] * 3
    scans[0].save(tmp_path / "scans.tif", save_all=True, append_images=scans[1:])
    said = "64 × 48 pixels; only one of 3 pages or frames is enlarged"
    assert give(opened, tmp_path / "scans.tif") == [said]


@pytest.mark.slow
def test_several_are_done_one_after_the_other_and_a_wrong_one_stops_none(opened, tmp_path):
    for name in ("a.png", "b.png"):
        Image.fromarray(smooth(12, 16, 3)).save(tmp_path / name)
    wrong = tmp_path / "<img src=x onerror=alert(1)>.png"  # a visitor's own names are no HTML
    wrong.write_bytes(b"no picture")
    first, second, third = give(opened, tmp_path / "a.png", wrong, tmp_path / "b.png")
    assert (first, third) == ("64 × 48 pixels", "64 × 48 pixels")
    assert second.startswith(f"{wrong.name}: not a picture; it must be PNG")
    assert opened.find_elements(By.TAG_NAME, "h2")[1].text == wrong.name
    again = opened.find_elements(By.NAME, "again")[1]
    again.click()
    WebDriverWait(opened, SECONDS).until(lambda _: again.is_displayed() and states(opened)[1] == second)


def test_the_strength_is_set_where_there_is_something_to_mix(opened, tmp_path):
    Image.fromarray(smooth(12, 16, 3)).save(tmp_path / "photo.png")
    strength = opened.find_element(By.NAME, "strength")
    assert not strength.is_enabled()  # of the SRResNet
    networks(opened).select_by_value("pretrained/wgan")
    strength.send_keys(*[Keys.ARROW_LEFT] * 10)
    assert opened.find_element(By.NAME, "percent").text == "50 %"
    give(opened, tmp_path / "photo.png")
    assert opened.find_element(By.CSS_SELECTOR, ".tag.after").text == "WGAN, 50 %"


def test_size_and_format_are_chosen(opened, tmp_path):
    Image.fromarray(smooth(12, 16, 3)).save(tmp_path / "photo.png")
    for name, value in {"scale": "2", "format": "jpg"}.items():
        Select(opened.find_element(By.NAME, name)).select_by_value(value)
    assert give(opened, tmp_path / "photo.png") == ["32 × 24 pixels"]
    link = opened.find_element(By.LINK_TEXT, "Download")
    assert link.get_attribute("download") == "photo.jpg"
    assert link.accessible_name == "Download photo.jpg"


def test_jpegs_get_the_network_for_them_and_the_page_says_so(opened, tmp_path):
    Image.fromarray(smooth(12, 16, 3)).save(tmp_path / "a.jpg", quality=60)
    Image.fromarray(smooth(12, 16, 3)).save(tmp_path / "b.png")
    assert networks(opened).first_selected_option.text.startswith("Automatic: Photo for JPEGs of a quality below 90")
    said = give(opened, tmp_path / "a.jpg", tmp_path / "b.png")
    assert said == ["64 × 48 pixels, by Photo, as it is a JPEG of quality 60", "64 × 48 pixels"]
    tags = opened.find_elements(By.CSS_SELECTOR, ".tag.after")
    assert [tag.text for tag in tags] == ["Photo", "SRResNet"]


def test_what_is_removed_or_left_is_deleted(opened, server, tmp_path):
    Image.fromarray(smooth(12, 16, 3)).save(tmp_path / "photo.png")

    def keys():
        links = opened.find_elements(By.LINK_TEXT, "Download")
        return [link.get_property("href").split("/")[-2] for link in links]

    def gone(key):
        return lambda _: not list(server.files.glob(f"*/{key}"))

    give(opened, tmp_path / "photo.png")
    give(opened, tmp_path / "photo.png")
    removed, left = keys()
    opened.find_elements(By.NAME, "remove")[0].click()
    WebDriverWait(opened, SECONDS).until(gone(removed))
    assert keys() == [left]
    assert list(server.files.glob(f"*/{left}"))
    opened.get("about:blank")
    WebDriverWait(opened, SECONDS).until(gone(left))


@pytest.mark.parametrize("width", [320, 360, 768])
def test_nothing_sticks_out_on_a_phone(opened, tmp_path, width):
    resize(opened, width)
    name = "a-name-without-a-single-space-" * 4 + ".png"
    Image.fromarray(smooth(12, 64, 3)).save(tmp_path / name)
    (tmp_path / f"x{name}").write_bytes(b"no picture")
    give(opened, tmp_path / name, tmp_path / f"x{name}")
    for zoom in ("fit", "4"):
        opened.find_element(By.CSS_SELECTOR, f"[type=radio][value='{zoom}']").send_keys(Keys.SPACE)
        assert opened.execute_script("return document.documentElement.scrollWidth") == width


def test_dark_is_dark_and_both_are_legible(opened, tmp_path):
    (tmp_path / "wrong.png").write_bytes(b"no picture")
    Image.fromarray(smooth(12, 16, 3)).save(tmp_path / "photo.png")
    give(opened, tmp_path / "wrong.png", tmp_path / "photo.png")
    grounds = {}
    for scheme in ("light", "dark"):
        prefer(opened, scheme)
        for selector in ("h1", "header p", ".note", "h2", ".state", ".failed .state", "select", ".drop b", ".drop u"):
            assert contrast(opened, selector) >= 4.5, (scheme, selector)  # WCAG 2, level AA
        for selector in ("a[download]", "fieldset input:checked + span", "[name=remove]", "fieldset span", "legend"):
            assert contrast(opened, selector) >= 4.5, (scheme, selector)
        ground = opened.execute_script("return getComputedStyle(document.body).backgroundColor")
        grounds[scheme] = max(map(int, ground[4:-1].split(",")))
    assert grounds["dark"] < 50
    assert grounds["light"] > 240


def test_everything_that_works_by_mouse_has_the_focus_in_turn_and_a_name(enlarged):
    enlarged.execute_script("document.querySelector('[name=files]').focus()")
    focused, names = enlarged.switch_to.active_element, []
    for _ in range(10):
        assert focused.accessible_name
        names.append(focused.get_attribute("name") or focused.get_attribute("class"))
        ActionChains(enlarged).send_keys(Keys.TAB).perform()
        focused = enlarged.switch_to.active_element
    assert names[:7] == ["files", "network", "strength", "scale", "format", "pan", "split"]
    assert names[7].startswith("zoom ")
    assert names[8:] == ["button main", "remove"]


def test_the_server_s_end_is_a_sentence(opened, tmp_path):
    opened.execute_script("window.fetch = () => Promise.reject(new TypeError())")
    Image.fromarray(smooth(12, 16, 3)).save(tmp_path / "photo.png")
    assert give(opened, tmp_path / "photo.png") == ["The server does not answer; is `srgan web` still running there?"]


@pytest.mark.parametrize("status", [200, 502])
def test_an_answer_of_another_server_is_a_sentence(opened, tmp_path, status):
    """As that of a server in front, which has a page for its errors."""
    opened.execute_script(f"window.fetch = async () => new Response('<html>', {{ status: {status} }})")
    Image.fromarray(smooth(12, 16, 3)).save(tmp_path / "photo.png")
    said = f"The server's answer cannot be read (status {status}); try again later"
    assert give(opened, tmp_path / "photo.png") == [said]


def test_it_asks_this_server_alone_and_complains_of_nothing(opened, page, tmp_path):
    """The last of this file: the log is also of all that the tests before have done."""
    Image.fromarray(smooth(12, 16, 3)).save(tmp_path / "photo.png")
    assert give(opened, tmp_path / "photo.png") == ["64 × 48 pixels"]
    messages = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    asked = {m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"}
    assert {Path(url).name for url in asked} >= {
        "pages.css",
        "page.css",
        "pages.js",
        "page.js",
        "viewer.js",
        "networks",
    }
    assert any(url.endswith("/after") for url in asked)
    assert {url for url in asked if not url.startswith((page.url, "data:", "about:"))} == set()
    assert page.get_log("browser") == []
