"""The page on the photographs: complete in itself, the same everywhere, and readable in a browser."""

import re
import shutil
from dataclasses import replace

import pytest

from srgan.audit.drift import moved
from srgan.audit.likeness import Leak
from srgan.audit.limits import Finding
from srgan.audit.page import _range, write_page
from srgan.audit.report import report
from srgan.audit.survey import audit, survey
from tests.audit.conftest import HOSTILE
from tests.browser import browser_missing, chromium, contrast, prefer, resize

FINDINGS = [Finding("leaks", True, "one looks like another"), Finding("drift", False, "brightness <0.50>")]


def written(audited, path, findings=FINDINGS, workers=1, backend="loky"):
    train = report(audited)["train"]
    write_page(path, audited, findings, moved(train, train), train, 10**6, workers, backend)
    return path.read_text(encoding="utf-8")


def test_the_page_needs_nothing_from_elsewhere(audited, tmp_path):
    page = written(audited, tmp_path / "data.html")
    references = re.findall(r'\b(?:src|href|srcset)="([^"]*)"', page)
    assert len(references) > 20
    links = [reference for reference in references if not reference.startswith("data:")]
    assert links == ["#alike", "report.html"]
    plain = re.sub(r"data:image[^\"]*|/\*.*?\*/", "", page)
    assert not re.search(r"https?:|@import|url\(|<script", plain)
    assert "default-src 'none'" in page


def test_names_and_messages_are_text(audited, tmp_path):
    page = written(audited, tmp_path / "data.html")
    assert HOSTILE not in page
    assert "&lt;img src=x onerror=alert(1)&gt;&amp;&#34;&#39;.png" in page
    assert "brightness &lt;0.50&gt;" in page


def test_what_was_found_is_on_it(audited, tmp_path):
    page = written(audited, tmp_path / "data.html")
    for words in (
        "13 training photographs, beside 2 files that cannot be read.",
        "They are measured on\n2, and some of these look like training photographs.",
        "The training set is train, of the setting data.train.",
        "Error, limits.leaks:",
        "Warning, limits.drift:",
        "In the training set and in mine: 1",
        "In the training set more than once: 2 groups",
        "Tiny: 1",
        "Blurred: 2",
        "Cannot be read: 2",
        "All photographs of the training set",
        "drift 0.00",
    ):
        assert words in page, words
    assert page.count("<svg") == 6


def test_a_good_set_has_a_short_page(folders):
    good = survey("good", folders / "benchmark", 10**6, 1, "loky")
    (folders / "other").mkdir()
    shutil.copy(folders / "train/11.jpg", folders / "other")
    other = survey("other", folders / "other", 10**6, 1, "loky")
    train = report(audit(good, [other], 192))["train"]
    write_page(folders / "data.html", audit(good, [other], 192), [], {}, train | {"name": "sample"}, 10**6, 1, "loky")
    page = (folders / "data.html").read_text()
    for words in (
        "All limits are kept.",
        "measured on\n1 other.",
        "<p>None.</p>",
        "the accepted report, data/accepted.json, is of sample",
    ):
        assert words in page, words
    assert page.count("<svg") == 5  # no JPEG, no quality


def test_a_set_of_which_nothing_can_be_read(folders):
    (folders / "none").mkdir()
    shutil.copy(folders / "train/text.jpg", folders / "none")
    none = survey("none", folders / "none", 10**6, 1, "loky")
    page = written(audit(none, [survey("mine", folders / "benchmark", 10**6, 1, "loky")], 192), folders / "data.html")
    assert "0 training photographs, beside 1 file that cannot be read" in page


def test_the_same_photographs_elsewhere_give_the_same_bytes(audited, folders, tmp_path_factory):
    first = written(audited, folders / "data.html")
    other = tmp_path_factory.mktemp("another name")
    shutil.copytree(folders / "train", other / "a")
    shutil.copytree(folders / "benchmark", other / "b")
    moved = audit(
        survey("train", other / "a", 10**6, 2, "threading"), [survey("mine", other / "b", 10**6, 2, "threading")], 192
    )
    assert written(moved, other / "data.html", workers=2, backend="threading") == first
    assert str(folders) not in first


@pytest.fixture(scope="module")
def driver():
    """A browser without a network."""
    if reason := browser_missing():
        pytest.skip(reason)
    with chromium() as driver:
        yield driver


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_readable_in_light_and_dark_and_on_a_phone(audited, tmp_path, driver, scheme):
    written(audited, tmp_path / "data.html")
    prefer(driver, scheme)
    driver.get((tmp_path / "data.html").as_uri())
    for selector in ("h1", "header p", ".error b", ".warning b", ".findings li", ".note", ".figures", "td", ".legend"):
        assert contrast(driver, selector) >= 4.5, selector
    for width in (1200, 390):
        resize(driver, width)
        assert driver.execute_script("return document.documentElement.scrollWidth") <= width
    assert driver.execute_script("return [...document.images].every((image) => image.naturalWidth > 0)")
    assert driver.get_log("browser") == []


def test_the_table_counts_what_is_there_twice(audited, tmp_path):
    page = written(audited, tmp_path / "data.html")
    rows = {
        name: re.findall(r"<td>(.*?)</td>", cells)
        for name, cells in re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', page)
    }
    assert rows["training"][-2:] == ["2", "2"]  # look alike, flagged; as results/data.json counts them
    assert rows["benchmark: mine"][-2] == "1"
    assert "the photographs of the\ngroups" in page


def test_the_pairs_most_alike_come_first(audited, tmp_path):
    leaks = [Leak(0, 0, 40), Leak(1, 1, 3), Leak(2, 1, 12)]
    page = written(replace(audited, leaks={"mine": leaks}), tmp_path / "data.html")
    assert re.findall(r"<p>(\d+) bits", page) == ["3", "12", "40"]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([0.24, 0.2677, 0.273], "0.268 (0.240–0.273)"),
        ([0.5, 12.34, 24.0], "12.3 (0.5–24.0)"),
        ([400, 427, 512], "427 (400–512)"),
        ([90, 90], "90"),
        ([0.0, 0.0004], "0.000"),
        ([150.2, 4000.7], "2075 (150–4001)"),
        ([], "–"),
    ],
)
def test_the_figures_of_a_cell_have_the_same_decimals(values, text):
    assert _range(values) == text
