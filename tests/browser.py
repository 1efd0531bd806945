"""A headless Chromium without a network, for the tests of pages and for tools/take_screenshots.py."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

WINDOW = (1200, 900)  # px


def browser_missing() -> str:
    """Why there is no browser to test with; empty where there is one."""
    missing = [name for name in ("chromium", "chromedriver") if not shutil.which(name)]
    return f"needs {' and '.join(missing)}: apt-get install chromium chromium-driver" if missing else ""


@contextmanager
def chromium(width: int = WINDOW[0], height: int = WINDOW[1]) -> Iterator:
    """A Selenium driver for a window of this size that reaches nothing but files and 127.0.0.1."""
    if reason := browser_missing():
        pytest.skip(reason)
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in (
        "--headless=new",
        "--no-sandbox",  # a container's root has no other way
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    try:
        resize(driver, width, height)
        yield driver
    finally:
        driver.quit()


def resize(driver, width: int, height: int = WINDOW[1]) -> None:
    """Give the page a viewport of so many CSS pixels: a window cannot be as narrow as a phone."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def prefer(driver, scheme: str) -> None:
    """Let the page believe that the user prefers "light" or "dark"."""
    feature = {"name": "prefers-color-scheme", "value": scheme}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})


def load(driver, address: str) -> None:
    """Load a page anew, light, wide and with JavaScript, whatever the last test has left."""
    resize(driver, WINDOW[0])
    prefer(driver, "light")
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    driver.get(address)


def luminance(colour: str) -> float:
    """WCAG 2's relative luminance of a computed colour."""
    levels = np.array([int(level) for level in re.findall(r"\d+", colour)[:3]]) / 255
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(driver, selector: str) -> float:
    """WCAG 2's contrast of the text of the first element of a selector with what is behind it, from 1 to 21."""
    colours = driver.execute_script(
        """
        let element = document.querySelector(arguments[0]);
        const ink = getComputedStyle(element).color, ground = () => getComputedStyle(element).backgroundColor;
        while (ground() === "rgba(0, 0, 0, 0)") element = element.parentElement;
        return [ink, ground()];
        """,
        selector,
    )
    dark, light = sorted(map(luminance, colours))
    return (light + 0.05) / (dark + 0.05)
