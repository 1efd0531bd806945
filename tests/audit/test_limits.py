"""What does not keep to the limits, and whether it stops the pipeline."""

import pytest

from srgan.audit.limits import check
from srgan.params import load_params


@pytest.fixture
def limits(repository):
    """The limits of params.yaml."""
    return load_params(repository / "params.yaml").limits


def report(leaks=0, duplicates=0, flagged=0, unreadable=0, quality=(), photographs=200):
    pairs = [[f"photo{i}.jpg", "woman.png"] for i in range(leaks)]
    return {
        "train": {
            "name": "photos",
            "photographs": photographs - unreadable,
            "unreadable": {"count": unreadable, "names": [f"broken{i}.jpg" for i in range(unreadable)]},
            "duplicates": {"count": duplicates},
            "flagged": flagged,
            "quantiles": {"quality": list(quality)},
        },
        "benchmarks": {
            "mine": {"leaks": {"count": 0, "pairs": []}},
            "set5": {"leaks": {"count": leaks, "pairs": pairs}},
        },
    }


BROKEN = {
    "leaks": ({"leaks": 3}, {}, "photo0.jpg looks like woman.png of the benchmark set5 (and 2 more)"),
    "duplicates": ({"duplicates": 11}, {}, "11 of 200 training photographs (5.5%) look like another one"),
    "flagged": ({"flagged": 11}, {}, "11 of 200 training photographs (5.5%) are tiny, flat, grey or blurred"),
    "unreadable": (
        {"unreadable": 11},
        {},
        "11 of 200 files of training photographs (5.5%) cannot be read, broken0",
    ),
    "jpeg_quality": ({"quality": [60, 74, 90]}, {}, "median quality of about 74"),
    "drift": ({}, {"contrast": 0.1, "sharpness": 0.3, "brightness": 0.5}, "brightness 0.50, sharpness 0.30; accept"),
}
KEPT = {
    "leaks": ({}, {}),
    "duplicates": ({"duplicates": 10}, {}),
    "flagged": ({"flagged": 10}, {}),
    "unreadable": ({"unreadable": 10}, {}),
    "jpeg_quality": ({"quality": [60, 75, 90]}, {}),
    "drift": ({}, {"brightness": 0.25}),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("error", [True, False])
def test_each_limit_is_an_error_or_a_warning(limits, name, error):
    figures, moved, words = BROKEN[name]
    (finding,) = check(report(**figures), moved, limits.model_copy(update={"errors": [name] if error else []}))
    assert (finding.limit, finding.error) == (name, error)
    assert words in finding.message
    assert f"limits.{name}" in finding.message


@pytest.mark.parametrize("name", KEPT)
def test_at_a_limit_nothing_is_found(limits, name):
    figures, moved = KEPT[name]
    assert check(report(**figures), moved, limits) == []


def test_errors_come_first(limits):
    found = check(report(leaks=1, duplicates=50, flagged=50), {}, limits.model_copy(update={"errors": ["flagged"]}))
    assert [finding.limit for finding in found] == ["flagged", "leaks", "duplicates"]


def test_of_no_photographs_there_is_no_share(limits):
    assert check(report(photographs=0), {}, limits) == []


def test_only_a_leak_stops_the_pipeline_by_default(limits):
    assert limits.errors == ["leaks"]


def test_drift_that_cannot_be_measured_stops_those_alone_who_want_it_to(limits):
    """Otherwise a folder with another name would pass a gate that nobody has looked through."""
    assert check(report(), None, limits) == []
    (finding,) = check(report(), None, limits.model_copy(update={"errors": ["drift"]}))
    assert (finding.limit, finding.error) == ("drift", True)
    assert "data/accepted.json does not describe photos, so drift cannot be measured" in finding.message
