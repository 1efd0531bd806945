"""Which figures of photographs are compared, and which reports are refused."""

import json

import numpy as np
import pytest

from srgan.audit.drift import COMPARED, moved, read_accepted
from srgan.data.appearance import quantiles
from srgan.errors import UserError

RNG = np.random.default_rng(0)


def train(**figures):
    """A report's training set with these figures; the others are always the same."""
    same = {name: np.linspace(50, 60, 10) for name in COMPARED}
    spread = {name: quantiles(values) for name, values in (same | figures).items()}
    return {"name": "photos", "photographs": 10, "quantiles": spread}


def test_the_same_photographs_have_not_moved():
    assert moved(train(), train()) == dict.fromkeys(COMPARED, 0.0)


def test_sizes_are_compared_as_ratios():
    values = 2.0 ** RNG.normal(3, 1, 5000)
    assert moved(train(megapixels=values * 2), train(megapixels=values))["megapixels"] == pytest.approx(1, rel=0.1)


def test_photographs_of_one_size_may_differ_in_a_few():
    few = [1.0] * 99 + [1.1]
    assert moved(train(megapixels=few), train(megapixels=[1.0] * 100))["megapixels"] < 0.1
    assert moved(train(megapixels=[2.0] * 9), train(megapixels=[1.0] * 9))["megapixels"] == pytest.approx(10)


def test_a_set_without_a_jpeg_has_no_quality_to_compare():
    assert "quality" not in moved(train(quality=[]), train())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": 2}',
        json.dumps({"format": 2, "train": train()}),
        json.dumps({"format": 1, "train": train() | {"quantiles": {}}}),
        json.dumps({"format": 1, "train": {key: value for key, value in train().items() if key != "photographs"}}),
        json.dumps({"format": 1, "train": train() | {"quantiles": {name: [1.0, 2.0] for name in COMPARED}}}),
        json.dumps({"format": 1, "train": train() | {"quantiles": {name: ["many"] for name in COMPARED}}}),
    ],
)
def test_what_is_no_report_is_refused(tmp_path, text):
    (tmp_path / "accepted.json").write_text(text)
    with pytest.raises(UserError, match=r"accepted\.json: not a report .*git checkout .*cp results/data\.json"):
        read_accepted(tmp_path / "accepted.json")


def test_a_report_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UserError, match="not a report"):
        read_accepted(tmp_path / "accepted.json")
