"""results/data.json: what it counts, and that it says nothing of the machine."""

import json
import re

from srgan.audit import report as module
from srgan.audit.report import report, write_report
from tests.audit.conftest import HOSTILE


def test_counts_and_names(audited, folders):
    train, mine = report(audited)["train"], report(audited)["benchmarks"]["mine"]
    assert (train["name"], train["photographs"]) == ("train", 13)
    assert train["unreadable"] == {"count": 2, "names": ["cut.jpg", "text.jpg"]}
    assert train["formats"] == {"BMP": 1, "JPEG": 9, "PNG": 3}
    assert train["flagged"] == 2
    assert {flag: each["names"] for flag, each in train["flags"].items()} == {
        "tiny": ["flat.bmp"],
        "flat": ["flat.bmp"],
        "grey": ["blurred.png"],
        "blurred": ["blurred.png", "flat.bmp"],
    }
    assert train["duplicates"] == {"count": 2, "groups": [["00.jpg", "sub/again.png"], ["11.jpg", HOSTILE]]}
    assert mine["leaks"] == {"count": 1, "pairs": [["leak.jpg", "cat.png"]]}
    readable = [path for path in (folders / "train").rglob("*.*") if path.name not in ("cut.jpg", "text.jpg")]
    assert train["bytes"] == sum(path.stat().st_size for path in readable)
    assert (train["quantiles"]["quality"][0], train["quantiles"]["quality"][-1]) == (60, 90)


def test_the_file_is_the_report_and_says_no_path(audited, folders):
    write_report(folders / "data.json", report(audited))
    text = (folders / "data.json").read_text(encoding="utf-8")
    assert json.loads(text) == report(audited)
    assert str(folders) not in text
    assert not re.search(r"^\s*[\d.]+,?$", text, re.MULTILINE)  # a line for each number


def test_lists_end_where_they_would_be_long(audited, monkeypatch):
    monkeypatch.setattr(module, "MOST_NAMED", 1)
    train = report(audited)["train"]
    assert train["unreadable"] == {"count": 2, "names": ["cut.jpg"]}
    assert train["duplicates"] == {"count": 2, "groups": [["00.jpg", "sub/again.png"]]}
    assert train["flags"]["blurred"] == {"count": 2, "names": ["blurred.png"]}
