"""Random numbers are spread as they should be, and a record's are its own."""

import numpy as np
import pytest
import tensorflow as tf

from srgan.degradation.draws import Draws

ROWS = 40_000
TABLE = tf.random.stateless_uniform([ROWS, 2], [1, 2], None, None, tf.int32)


def test_uniform():
    found = Draws(TABLE).uniform(-2, 3).numpy()
    assert found.min() >= -2
    assert found.max() < 3
    counts, _ = np.histogram(found, 10, (-2, 3))
    np.testing.assert_allclose(counts / ROWS, 0.1, atol=0.01)


@pytest.mark.parametrize(("number", "unit"), [(-(2**31), 0), (2**31 - 1, 1), (0, 0.5)])
def test_uniform_reaches_from_end_to_end(number, unit):
    found = float(Draws(tf.constant([[number]])).uniform(0, 1)[0])
    assert found == pytest.approx(unit, abs=1e-6)
    assert 0 <= found <= 1


def test_whole_numbers():
    values, counts = np.unique(Draws(TABLE).whole(30, 34), return_counts=True)
    assert values.tolist() == [30, 31, 32, 33, 34]
    np.testing.assert_allclose(counts / ROWS, 0.2, atol=0.01)


def test_chance_and_choice():
    draws = Draws(TABLE)
    assert np.mean(draws.chance(0.3)) == pytest.approx(0.3, abs=0.01)
    counts = np.bincount(draws.choice([2, 0, 5, 3]), minlength=4)
    np.testing.assert_allclose(counts / ROWS, [0.2, 0, 0.5, 0.3], atol=0.01)


@pytest.mark.parametrize("probability", [0, 1])
def test_never_and_always(probability):
    assert (Draws(TABLE).chance(probability).numpy() == bool(probability)).all()


def test_no_number_is_given_twice():
    draws = Draws(TABLE)
    first, second = draws.uniform(0, 1), draws.uniform(0, 1)
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.02
    with pytest.raises(StopIteration):
        draws.key()
