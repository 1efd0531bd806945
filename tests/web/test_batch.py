"""Several pictures at once on the page: where they come, how far they are, and what can be done to all."""

import pytest
from PIL import Image
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from tests.browser import resize
from tests.pictures import smooth
from tests.web.page import give, states
from tests.web_servers import SECONDS


@pytest.fixture
def photos(tmp_path):
    """Three small pictures."""
    paths = [tmp_path / f"{name}.png" for name in "abc"]
    for path in paths:
        Image.fromarray(smooth(12, 16, 3)).save(path)
    return paths


def asks_before_it_is_left(page):
    """Whether a browser would ask the visitor."""
    event = "const event = new Event('beforeunload', { cancelable: true })"
    return page.execute_script(f"{event}; dispatchEvent(event); return event.defaultPrevented")


def tally(page):
    """What is said of all."""
    return page.find_element(By.CSS_SELECTOR, ".batch p").text


def test_new_pictures_come_into_sight(opened, photos):
    resize(opened, 390, 600)
    feature = {"name": "prefers-reduced-motion", "value": "reduce"}  # without a way there
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    height = "return document.querySelector('.drop').offsetHeight"
    before = opened.execute_script(height)
    give(opened, *photos)
    opened.execute_script("scrollTo(0, 0)")
    give(opened, photos[0])
    top = "return document.querySelectorAll('.picture')[3].getBoundingClientRect().top"
    assert 0 < opened.execute_script(top) < 300
    assert opened.execute_script(height) < before
    assert opened.find_element(By.CSS_SELECTOR, ".batch").rect["y"] >= opened.execute_script("return scrollY")


def test_who_wants_no_motion_gets_none(opened, photos):
    """Neither a page that scrolls smoothly nor a bar that moves to and fro."""
    feature = {"name": "prefers-reduced-motion", "value": "reduce"}
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    opened.execute_script("window.fetch = () => new Promise(() => {})")
    opened.execute_script(
        "window.how = []; Element.prototype.scrollIntoView = (options) => window.how.push(options.behavior)"
    )
    opened.find_element(By.NAME, "files").send_keys(str(photos[0]))
    bar = opened.find_element(By.TAG_NAME, "progress")
    assert bar.is_displayed()
    assert bar.get_property("position") == 0  # -1: it moves
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    opened.find_element(By.NAME, "files").send_keys(str(photos[1]))
    assert opened.execute_script("return window.how") == ["auto", "smooth"]


def test_those_that_wait_are_small(opened, photos):
    opened.execute_script("window.fetch = () => new Promise(() => {})")
    opened.find_element(By.NAME, "files").send_keys("\n".join(map(str, photos)))
    assert states(opened) == ["Is sent", "Waits for 1 other", "Waits for 2 others"]
    for width in (390, 1200):
        resize(opened, width)
        assert all(card.rect["height"] < 90 for card in opened.find_elements(By.CSS_SELECTOR, ".picture"))


def test_how_many_are_done_is_said_of_several(opened, photos, tmp_path):
    (tmp_path / "wrong.png").write_bytes(b"no picture")
    give(opened, photos[0])
    assert not opened.find_element(By.CSS_SELECTOR, ".batch").is_displayed()
    give(opened, photos[1])
    assert tally(opened) == "2 of 2 done"
    give(opened, tmp_path / "wrong.png")
    assert tally(opened) == "2 of 3 done, 1 failed"
    opened.find_elements(By.NAME, "remove")[0].send_keys(Keys.ENTER)
    assert tally(opened) == "1 of 2 done, 1 failed"
    focused = opened.switch_to.active_element
    assert focused.accessible_name == "Remove b.png"


def test_all_are_downloaded_and_then_the_page_can_be_left(opened, photos, tmp_path):
    assert not asks_before_it_is_left(opened)
    opened.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path / "got")})
    give(opened, *photos)
    assert asks_before_it_is_left(opened)
    opened.find_element(By.LINK_TEXT, "Download").click()
    assert asks_before_it_is_left(opened)
    opened.find_element(By.NAME, "save").click()
    WebDriverWait(opened, SECONDS).until(lambda _: opened.find_element(By.NAME, "save").is_enabled())
    names = {path.name for path in photos}
    WebDriverWait(opened, SECONDS).until(lambda _: {path.name for path in (tmp_path / "got").iterdir()} == names)
    assert not asks_before_it_is_left(opened)


def test_all_are_removed_once_the_visitor_says_so(opened, server, photos):
    give(opened, *photos)
    keys = [link.get_property("href").split("/")[-2] for link in opened.find_elements(By.LINK_TEXT, "Download")]
    for answer, left in (("dismiss", 3), ("accept", 0)):
        opened.find_element(By.NAME, "clear").click()
        alert = opened.switch_to.alert
        assert alert.text == "3 of these pictures are not downloaded. Remove all?"
        getattr(alert, answer)()
        assert len(states(opened)) == left
    WebDriverWait(opened, SECONDS).until(lambda _: not any(list(server.files.glob(f"*/{key}")) for key in keys))
    assert not opened.find_element(By.CSS_SELECTOR, ".batch").is_displayed()
    assert not asks_before_it_is_left(opened)
