"""The page as a person sees it: what is chosen, given and said there."""

import json

from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from tests.web_servers import SECONDS


def networks(page):
    """The choice of a network."""
    return Select(page.find_element(By.NAME, "network"))


def states(page):
    """What is said of each picture."""
    return [element.text for element in page.find_elements(By.CSS_SELECTOR, ".state")]


def give(page, *paths):
    """Choose files and wait until all are done; returns what is said of each."""
    before = len(states(page))
    page.find_element(By.NAME, "files").send_keys("\n".join(map(str, paths)))
    ended = "return document.querySelectorAll('.picture.failed, .picture.done').length"
    WebDriverWait(page, SECONDS).until(lambda _: page.execute_script(ended) == before + len(paths))
    loaded = "return [...document.querySelectorAll('.viewer img[src]')].every((image) => image.complete)"
    WebDriverWait(page, SECONDS).until(lambda _: page.execute_script(loaded))
    return states(page)[before:]


def check_log(page):
    """Check that the browser asked this server alone since the last look, and complained of nothing; what it asked."""
    messages = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    asked = {m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"}
    assert {url for url in asked if not url.startswith((page.url, "data:", "about:"))} == set()
    # Files that a driver gives are no gesture; without one a browser does not ask whether the page may be left.
    complaints = [entry for entry in page.get_log("browser") if "never had a user gesture" not in entry["message"]]
    assert complaints == []
    return asked
