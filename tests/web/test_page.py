"""The page in a browser: files are given, wait, are told of, and go."""

import base64
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from srgan.hosting.body import MOST_BYTES
from srgan.inference.guard import MOST_PIXELS
from srgan.inference.pictures import NO_PICTURE
from tests.pictures import smooth
from tests.web.page import check_log, give, networks, states
from tests.web_servers import SECONDS

ENLARGED = "16 × 12 → 64 × 48 pixels, by SRResNet"
DROP = """
const [data] = arguments, transfer = new DataTransfer();
const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
transfer.items.add(new File([bytes], "dropped.png", { type: "image/png" }));
const event = new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true });
document.querySelector(".drop").dispatchEvent(event);
"""


def test_pictures_are_dropped_too(opened, tmp_path):
    Image.fromarray(smooth(12, 16, 3)).save(tmp_path / "photo.png")
    opened.execute_script(DROP, base64.b64encode((tmp_path / "photo.png").read_bytes()).decode())
    WebDriverWait(opened, SECONDS).until(lambda _: states(opened) == [ENLARGED])
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
    bars = opened.find_elements(By.TAG_NAME, "progress")
    assert [bar.is_displayed() for bar in bars] == [True, *[False] * 5]
    assert bars[0].accessible_name == "0.png: how much is done"
    live = [element.get_attribute("aria-live") for element in opened.find_elements(By.CSS_SELECTOR, ".state")]
    assert live == ["polite", *["off"] * 5]
    opened.find_elements(By.NAME, "remove")[2].click()
    assert states(opened) == ["Is enlarged", *waiting[:4]]
    answered(opened, {"state": "failed", "error": "Damaged", "again": True}, ["Damaged", "Is sent", *waiting[:3]])
    answered(opened, {"state": "working", "done": 0.0}, ["Damaged", "Is enlarged", *waiting[:3]])
    WebDriverWait(opened, SECONDS).until(lambda _: opened.execute_script("return Boolean(window.answer)"))
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
    said = f"{ENLARGED}; only one of 3 pages or frames is enlarged"
    assert give(opened, tmp_path / "scans.tif") == [said]


def test_colours_of_hdr_are_said_to_be_lost(opened, tmp_path):
    hdr = {"color_primaries": 9, "transfer_characteristics": 16, "matrix_coefficients": 9, "full_range_flag": 1}
    heif = pillow_heif.from_pillow(Image.fromarray(smooth(12, 16, 3)))
    heif.save(tmp_path / "hdr.heic", quality=-1, save_nclx_profile=True, **hdr)
    lost = "its colours are BT.2020 PQ, which are not kept, so the result looks pale or dull"
    assert give(opened, tmp_path / "hdr.heic") == [f"{ENLARGED}; {lost}"]


@pytest.mark.parametrize(
    ("status", "again"), [(200, False), (422, False), (404, True), (408, True), (500, True), (503, True)]
)
def test_another_try_is_offered_where_it_may_succeed(opened, tmp_path, status, again):
    """A server that is full may have a place later; what is no picture will never be one."""
    if status == 200:
        (tmp_path / "photo.png").touch()
    else:
        Image.fromarray(smooth(12, 16, 3)).save(tmp_path / "photo.png")
        opened.execute_script(
            f"window.fetch = async () => Response.json({{ error: 'photo.png: not now' }}, {{ status: {status} }})"
        )
    assert give(opened, tmp_path / "photo.png") == ["The file is empty" if status == 200 else "Not now"]
    assert opened.find_element(By.NAME, "again").is_displayed() == again


@pytest.mark.slow
def test_several_are_done_one_after_the_other_and_a_wrong_one_stops_none(opened, tmp_path):
    for name in ("a.png", "b.png"):
        Image.fromarray(smooth(12, 16, 3)).save(tmp_path / name)
    wrong = tmp_path / "<img src=x onerror=alert(1)>.png"  # a visitor's own names are no HTML
    wrong.write_bytes(b"no picture")
    first, second, third = give(opened, tmp_path / "a.png", wrong, tmp_path / "b.png")
    assert first == third == ENLARGED
    assert second.startswith("Not a picture; it must be PNG")
    assert opened.find_elements(By.TAG_NAME, "h2")[1].text == wrong.name


def test_the_strength_is_set_where_there_is_something_to_mix(opened, tmp_path):
    Image.fromarray(smooth(12, 16, 3)).save(tmp_path / "photo.png")
    strength = opened.find_element(By.NAME, "strength")
    assert not strength.is_displayed()  # of the SRResNet
    networks(opened).select_by_value("pretrained/wgan")
    strength.send_keys(*[Keys.ARROW_LEFT] * 10)
    assert opened.find_element(By.NAME, "percent").text == "50 %"
    give(opened, tmp_path / "photo.png")
    assert opened.find_element(By.CSS_SELECTOR, ".tag.after").text == "WGAN, 50 %"


def test_of_a_network_of_one_s_own_the_page_does_not_say_how_many_times_it_enlarges(opened):
    assert opened.find_element(By.CSS_SELECTOR, "[name=scale] option").text == "4 times (as the network makes it)"
    opened.execute_script("document.querySelector('[name=network]').append(new Option('mine', 'models/mine'))")
    networks(opened).select_by_value("models/mine")
    assert opened.find_element(By.CSS_SELECTOR, "[name=scale] option").text == "As the network makes it"


def test_what_may_be_given_is_said_where_it_is_given(opened):
    limits = opened.find_element(By.ID, "limits").text
    assert limits.startswith(NO_PICTURE.partition("must be ")[2])
    assert f"up to {MOST_PIXELS // 10**6} million pixels and {MOST_BYTES // 2**20} MB" in limits


def test_size_and_format_are_chosen(opened, tmp_path):
    Image.fromarray(smooth(12, 16, 3)).save(tmp_path / "photo.png")
    for name, value in {"scale": "2", "format": "jpg"}.items():
        Select(opened.find_element(By.NAME, name)).select_by_value(value)
    assert give(opened, tmp_path / "photo.png") == ["16 × 12 → 32 × 24 pixels, by SRResNet"]
    link = opened.find_element(By.LINK_TEXT, "Download")
    assert link.get_attribute("download") == "photo.jpg"
    assert link.accessible_name == "Download photo.jpg"


def test_jpegs_get_the_network_for_them_and_the_page_says_so(opened, tmp_path):
    Image.fromarray(smooth(12, 16, 3)).save(tmp_path / "a.jpg", quality=60)
    Image.fromarray(smooth(12, 16, 3)).save(tmp_path / "b.png")
    assert networks(opened).first_selected_option.text == "Automatic"
    meaning = opened.find_element(By.ID, "meaning")
    assert meaning.text.startswith("JPEGs of a quality below 90 are enlarged by Photo, which takes away noise")
    said = give(opened, tmp_path / "a.jpg", tmp_path / "b.png")
    assert said == ["16 × 12 → 64 × 48 pixels, by Photo, as it is a JPEG of quality 60", ENLARGED]
    tags = opened.find_elements(By.CSS_SELECTOR, ".tag.after")
    assert [tag.text for tag in tags] == ["Photo", "SRResNet"]
    networks(opened).select_by_value("pretrained/gan")
    assert not meaning.is_displayed()


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


def test_it_asks_this_server_alone_and_complains_of_nothing(opened, tmp_path):
    """Also while the tests before did what they did; what comes after is looked at when the browser ends."""
    Image.fromarray(smooth(12, 16, 3)).save(tmp_path / "photo.png")
    assert give(opened, tmp_path / "photo.png") == [ENLARGED]
    asked = check_log(opened)
    assert {Path(url).name for url in asked} >= {
        "pages.css",
        "page.css",
        "pages.js",
        "page.js",
        "server.js",
        "viewer.js",
        "networks",
    }
    assert any(url.endswith("/after") for url in asked)
