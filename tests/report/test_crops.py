"""The detail that is shown: where bicubic loses most."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from srgan.report.crops import most_lost


@given(
    arrays(np.uint8, array_shapes(min_dims=3, max_dims=3, min_side=2, max_side=12)),
    st.integers(1, 8),
    st.integers(1, 4),
)
def test_the_crop_is_where_bicubic_loses_most(hr, size, step):
    bicubic = np.full_like(hr, 128)
    rows, columns = most_lost(hr, bicubic, size, step)
    error = (hr.astype(float) - 128) ** 2
    height, width = min(size, hr.shape[0]), min(size, hr.shape[1])
    candidates = {
        (top, left): error[top : top + height, left : left + width].sum()
        for top in range(0, hr.shape[0] - height + 1, step)
        for left in range(0, hr.shape[1] - width + 1, step)
    }
    best = max(candidates.values())
    assert (rows.start, columns.start) == min(place for place, value in candidates.items() if value == best)
    assert (rows.stop - rows.start, columns.stop - columns.start) == (height, width)
