"""What is written as JSON is read back, and can be read by people."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from srgan.atomic import (
    json_number,
    write_json,
)


def test_lists_of_numbers_are_on_one_line_and_all_is_read_back(tmp_path):
    value = {"a": [1, -2.5, 1e-9], "b": ["1,\n2", "[3]", "é"], "c": [], "d": [[1, 2], [3]]}
    write_json(tmp_path / "value.json", value, indent=2)
    text = (tmp_path / "value.json").read_text(encoding="utf-8")
    assert json.loads(text) == value
    assert '"a": [1, -2.5, 1e-09],\n' in text
    assert '"é"' in text
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "value.json", {"mesh": math.nan}, indent=2)
    assert json.loads((tmp_path / "value.json").read_text(encoding="utf-8")) == value


@given(st.floats())
def test_any_number_survives_json(value):
    back = float(json.loads(json.dumps(json_number(np.float64(value)), allow_nan=False)))
    assert back == value or (math.isnan(back) and math.isnan(value))
