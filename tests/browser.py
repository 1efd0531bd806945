"""A headless Chromium without a network, for the tests of pages and for tools/take_screenshots.py."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

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
