"""The page's server, people who visit it, and a browser."""

import json
import time
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest
from PIL import Image
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait
from skimage.data import chelsea

from srgan.data.resize import shrink
from tests.browser import browser_missing, chromium, load
from tests.pictures import smooth
from tests.web.page import check_log, give, networks
from tests.web_servers import SECONDS, serving


class Visitor:
    """Somebody with a browser's cookies."""

    def __init__(self, url):
        self.url, self.cookies = url, CookieJar()
        self._opener = build_opener(HTTPCookieProcessor(self.cookies))
        self.ask("/")

    def ask(self, path, data=None, method=None, **headers):
        """Status and body of an answer."""
        try:
            with self._opener.open(Request(self.url + path, data, headers, method=method), timeout=SECONDS) as answer:
                self.headers = answer.headers
                return answer.status, answer.read()
        except HTTPError as error:
            return error.code, error.read()

    def send(self, path, name=None, headers=None, **asked):
        """Status and answer to a picture."""
        asked = {"name": name or path.name, "network": "pretrained/pretrain"} | asked
        query = urlencode(asked, quote_via=quote)
        status, answer = self.ask(f"/pictures?{query}", path.read_bytes(), **(headers or {}))
        return status, json.loads(answer)

    def wait(self, key):
        """The state that a picture ends in."""
        deadline = time.monotonic() + SECONDS
        while (state := json.loads(self.ask(f"/pictures/{key}")[1]))["state"] in ("waiting", "working"):
            assert time.monotonic() < deadline, state
            time.sleep(0.1)
        return state

    def enlarge(self, path, **settings):
        """The state that a picture ends in, and its key."""
        status, answer = self.send(path, **settings)
        assert status == 201, answer
        return self.wait(answer["key"]), answer["key"]


@pytest.fixture(scope="session")
def server(repository, tmp_path_factory):
    """One server for all tests that leave it as it was."""
    with serving(repository, tmp_path_factory.mktemp("server"), "web") as running:
        yield running


@pytest.fixture
def visitor(server):
    """Somebody new."""
    return Visitor(server.url)


@pytest.fixture
def photo(tmp_path):
    """A small photograph with its camera's name."""
    exif = Image.Exif()
    exif[0x0110] = "Camera"
    Image.fromarray(smooth(24, 32, 3)).save(tmp_path / "photo.jpg", quality=95, exif=exif)
    return tmp_path / "photo.jpg"


@pytest.fixture(scope="session")
def page(server):
    """A browser on the page; when it ends, what it asked for and complained of since the last look is checked."""
    if reason := browser_missing():
        pytest.skip(reason)
    with chromium() as driver:
        driver.url = server.url + "/"
        yield driver
        check_log(driver)


@pytest.fixture
def opened(page):
    """The page, newly loaded, light and wide; it is left again, so that nothing of it stays at the server."""
    load(page, page.url)
    WebDriverWait(page, SECONDS).until(lambda _: networks(page).options)
    yield page
    page.get("about:blank")


@pytest.fixture
def enlarged(opened, tmp_path):
    """The page with a picture that is enlarged, at one screen pixel for each of the result."""
    Image.fromarray(shrink(chelsea()[40:232, 100:356], 4)).save(tmp_path / "photo.png")
    networks(opened).select_by_value("pretrained/gan")
    assert give(opened, tmp_path / "photo.png") == ["64 × 48 → 256 × 192 pixels, by SRGAN"]
    opened.find_element(By.CSS_SELECTOR, "[type=radio][value='1']").send_keys(Keys.SPACE)
    return opened
