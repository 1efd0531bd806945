"""How far figures have moved, against scipy on all values and against closed forms."""

import json

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from srgan.audit.drift import COMPARED, drift, quantiles, read_accepted
from srgan.errors import UserError

RNG = np.random.default_rng(0)


def train(**figures):
    """A report's training set with these figures; the others are always the same."""
    same = {name: np.linspace(50, 60, 10) for name in COMPARED}
    return {"name": "photos", "quantiles": {name: quantiles(values) for name, values in (same | figures).items()}}


def test_the_same_photographs_have_not_moved():
    assert drift(train(), train()) == dict.fromkeys(COMPARED, 0.0)


@pytest.mark.parametrize("shift", [0.1, 0.5, 2.0])
def test_a_shift_is_told_in_standard_deviations(shift):
    values = RNG.normal(120, 20, 5000)
    moved = drift(train(brightness=values + 20 * shift), train(brightness=values))
    assert moved.pop("brightness") == pytest.approx(shift, rel=0.1)  # 20 quantiles leave out the ends
    assert set(moved.values()) == {0.0}


@pytest.mark.parametrize("name", ["brightness", "contrast", "colourfulness"])
def test_quantiles_are_enough_for_the_distance_of_all_values(name):
    before, after = RNG.gamma(4, 15, 3000), RNG.gamma(5, 11, 4000)
    exact = wasserstein_distance(before, after) / before.std()
    assert drift(train(**{name: after}), train(**{name: before}))[name] == pytest.approx(exact, abs=0.04)


@pytest.mark.parametrize("name", ["megapixels", "sharpness"])
def test_sizes_and_sharpness_are_compared_as_ratios(name):
    values = 2.0 ** RNG.normal(3, 1, 5000)
    assert drift(train(**{name: values * 2}), train(**{name: values}))[name] == pytest.approx(1, rel=0.1)


def test_photographs_of_one_size_may_differ_in_a_few():
    """Of no spread at all every drift would be infinite."""
    few = [1.0] * 99 + [1.1]
    assert drift(train(megapixels=few), train(megapixels=[1.0] * 100))["megapixels"] < 0.1
    assert drift(train(megapixels=[2.0] * 9), train(megapixels=[1.0] * 9))["megapixels"] == pytest.approx(10)


def test_figures_that_one_has_not_are_not_compared():
    assert "quality" not in drift(train(quality=[]), train())
    assert quantiles([]) == []
    assert np.isfinite(list(drift(train(sharpness=[0.0, 5.0]), train()).values())).all()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": 2}',
        json.dumps({"format": 2, "train": train()}),
        json.dumps({"format": 1, "train": train() | {"quantiles": {}}}),
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
