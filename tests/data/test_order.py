"""The order of records: random, and the records of a photograph evenly spread. What training sees: test_batches."""

import numpy as np
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from srgan.data.order import BLOCK_BYTES, RUNS, runs_of, spread


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=9), st.integers(0, 1000))
def test_the_records_of_a_photograph_are_evenly_apart(counts, seed):
    """Between two neighbours of its n lie at most one n-th of the records of each other one, and one more of each."""
    names = np.repeat([f"photo {number}" for number in range(len(counts))], counts)
    order = spread(tf.constant(names), tf.constant([seed, 0])).numpy()
    assert sorted(order) == list(range(len(names)))
    for name, count in zip(*np.unique(names, return_counts=True), strict=True):
        places = np.flatnonzero(names[order] == name)
        assert np.diff(places).max(initial=0) <= len(names) / count + len(counts)


def test_another_key_is_another_order():
    names = tf.constant(np.repeat(["a", "b", "c"], 20))
    first, again, other = (spread(names, tf.constant([seed, 0])).numpy() for seed in (1, 1, 2))
    assert list(first) == list(again) != list(other)


def test_a_block_holds_runs_of_many_photographs_however_large_the_patches():
    """Few long runs would leave two crops of one photograph in many a batch."""
    for size, of_a_run in ((96, 16), (192, 16), (400, 4), (1024, 1)):
        manifest = {"size": size, "scale": 4, "shards": [{"file": f"{number}", "count": 301} for number in range(40)]}
        runs = runs_of("patches", manifest)
        assert runs.runs_per_block >= min(RUNS, BLOCK_BYTES / (3.1875 * size**2) - 1)
        assert runs.runs_per_block * of_a_run * 3.1875 * size**2 <= BLOCK_BYTES
        assert runs.length.max() == of_a_run
        assert runs.length.sum() == 40 * 301
        first = runs.file == runs.file[0]
        assert list(runs.skip[first]) == list(range(0, 301, of_a_run))
