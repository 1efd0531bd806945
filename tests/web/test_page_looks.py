"""The page on a phone, in the dark, and by keyboard alone."""

import pytest
from PIL import Image
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser import contrast, prefer, resize
from tests.pictures import smooth
from tests.web.page import give


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
