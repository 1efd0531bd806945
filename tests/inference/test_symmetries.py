"""The self-ensemble: as the picture is turned, so is its result."""

import numpy as np
import pytest

from srgan.inference.network import as_function
from srgan.inference.symmetries import ensemble
from tests.networks import random_network


@pytest.fixture(scope="module")
def network():
    return as_function(*random_network())


def test_it_is_the_mean_of_eight(network):
    """Each of the eight spelled out."""
    lr = np.random.default_rng(0).uniform(size=(9, 14, 3)).astype("float32")
    turned = lr.transpose(1, 0, 2)
    results = []
    for transposed, seen in ((False, lr), (True, turned)):
        for rows in (1, -1):
            for columns in (1, -1):
                sr = network(np.ascontiguousarray(seen[::rows, ::columns]))[::rows, ::columns]
                results.append(sr.transpose(1, 0, 2) if transposed else sr)
    np.testing.assert_allclose(ensemble(network)(lr), np.mean(results, axis=0), atol=1e-5)


def test_a_symmetric_picture_has_a_symmetric_result(network):
    rng = np.random.default_rng(0)
    quarter = rng.uniform(size=(8, 8, 3)).astype("float32")
    quarter = (quarter + quarter.transpose(1, 0, 2)) / 2
    lr = np.concatenate([quarter, quarter[::-1]])
    lr = np.concatenate([lr, lr[:, ::-1]], axis=1)
    sr = ensemble(network)(lr)
    for same in (sr[::-1], sr[:, ::-1], sr.transpose(1, 0, 2)):
        np.testing.assert_allclose(same, sr, atol=1e-5)
    assert np.abs(network(lr)[::-1] - network(lr)).max() > 1e-2  # the network alone has none
