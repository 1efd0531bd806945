"""The page on a phone, in the dark, and by keyboard alone."""

import pytest
from PIL import Image
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser import contrast, luminance, prefer, resize
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
    enlarged.execute_script("document.querySelector('[name=network]').focus()")
    focused, names = enlarged.switch_to.active_element, []
    for _ in range(9):
        assert focused.accessible_name
        names.append(focused.get_attribute("name") or focused.get_attribute("class"))
        ActionChains(enlarged).send_keys(Keys.TAB).perform()
        focused = enlarged.switch_to.active_element
    assert names[:6] == ["network", "strength", "scale", "format", "files", "split"]
    assert names[6].startswith("zoom ")
    assert names[7:] == ["button main result", "remove"]


def test_what_can_be_operated_is_seen_and_large_enough_for_a_finger(opened, tmp_path):
    """WCAG 2, 1.4.11: the borders of controls stand out from what is on both sides of them."""
    Image.fromarray(smooth(12, 16, 3)).save(tmp_path / "photo.png")
    give(opened, tmp_path / "photo.png", tmp_path / "photo.png")
    for scheme in ("light", "dark"):
        prefer(opened, scheme)
        border, *grounds = map(
            luminance,
            opened.execute_script(
                """
            const probe = document.querySelector("select");
            return ["control", "paper", "well"].map((name) => {
              probe.style.color = `var(--${name})`;
              return getComputedStyle(probe).color;
            });
            """
            ),
        )
        for ground in grounds:
            dark, light = sorted((border, ground))
            assert (light + 0.05) / (dark + 0.05) >= 3, scheme
        colours = "return [...document.querySelectorAll(arguments[0])].map((e) => getComputedStyle(e).borderColor)"
        controls = "select, .drop, button:not(.main), fieldset input:not(:checked) + span"
        assert {luminance(colour) for colour in opened.execute_script(colours, controls)} == {border}
    for control in opened.find_elements(By.CSS_SELECTOR, "select, button, .button, fieldset span, [type=range]"):
        assert control.rect["height"] >= 44 or not control.is_displayed()


def test_files_are_chosen_by_a_finger_and_dropped_by_a_mouse(opened):
    label = opened.find_element(By.CSS_SELECTOR, ".drop label")
    assert label.text == "Drop pictures here or choose files"
    try:
        opened.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
        assert label.text == "Choose pictures"
        assert opened.find_element(By.NAME, "files").accessible_name == "Choose pictures"
    finally:
        opened.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})


@pytest.mark.parametrize("width", [390, 1280])
def test_the_buttons_of_a_picture_are_in_one_row_and_remove_is_always_at_its_end(opened, tmp_path, width):
    resize(opened, width)
    Image.fromarray(smooth(12, 16, 3)).save(tmp_path / "photo.png")
    (tmp_path / "wrong.png").write_bytes(b"no picture")
    give(opened, tmp_path / "photo.png", tmp_path / "wrong.png")
    radio, link = (opened.find_element(By.CSS_SELECTOR, part) for part in ("fieldset span", "a[download]"))
    done, failed = (button.rect for button in opened.find_elements(By.NAME, "remove"))
    bottoms = [round(rect["y"] + rect["height"]) for rect in (radio.rect, link.rect, done)]
    assert max(bottoms) - min(bottoms) <= 1
    assert done["x"] == failed["x"]
    assert done["x"] + done["width"] == pytest.approx((width + min(width, 62 * 16)) / 2 - 16, abs=1)
