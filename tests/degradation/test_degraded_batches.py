"""Batches of degraded LR: HR is left alone, every batch can be addressed, and nothing depends on the machine."""

import os
import subprocess
import sys

import numpy as np
import pytest
from skimage.data import astronaut

from srgan.data.batches import batches
from srgan.data.images import write_png
from srgan.degradation.degrade import degradation
from srgan.patches import cut
from tests.degradation.lr import SCALE, difference

CROP = 48


@pytest.fixture(scope="module")
def patches(tmp_path_factory):
    """A folder of patches larger than the crop."""
    folder = tmp_path_factory.mktemp("patches")
    write_png(folder / "photos/1.png", astronaut()[:192, 150:342])
    common = {"photos_per_shard": 1, "workers": 1, "backend": "loky", "on_bad_image": "error", "max_pixels": 10**6}
    cut(folder / "photos", folder / "patches", scale=SCALE, size=64, **common)
    return folder / "patches"


def feed(patches, section, **which):
    arguments = {"batch_size": 4, "crop": CROP, "seed": 1, "count": 6} | which
    found = batches(patches, degrade=degradation(section, SCALE), **arguments).as_numpy_iterator()
    return [(batch.lr, batch.hr) for batch in found]


def as_bytes(found):
    return [(lr.tobytes(), hr.tobytes()) for lr, hr in found]


def test_hr_is_as_without(patches, settings):
    plain, degraded = feed(patches, settings(0)), feed(patches, settings(2))
    for (lr, hr), (worse, same) in zip(plain, degraded, strict=True):
        np.testing.assert_array_equal(hr, same)
        assert worse.shape == lr.shape
        assert worse.min() >= 0
        assert worse.max() <= 1


def test_a_crop_shows_the_same_place_and_symmetry(patches, nothing):
    for (lr, _), (worse, _) in zip(feed(patches, nothing(orders=0)), feed(patches, nothing()), strict=True):
        assert difference(255 * worse, 255 * lr) < 4


@pytest.mark.parametrize("start", [1, 5])
def test_a_run_goes_on_with_the_exact_next_batch(patches, settings, start):
    whole = as_bytes(feed(patches, settings(2)))
    assert whole[start:] == as_bytes(feed(patches, settings(2), start=start, count=6 - start))


def test_parts_make_up_the_batch(patches, settings):
    whole = feed(patches, settings(2), count=2)
    parts = [feed(patches, settings(2), count=2, part=(index, 2)) for index in range(2)]
    for number, (lr, _) in enumerate(whole):
        assert np.concatenate([part[number][0] for part in parts]).tobytes() == lr.tobytes()


def test_another_seed_draws_otherwise(patches, settings):
    assert as_bytes(feed(patches, settings(2), count=1)) != as_bytes(feed(patches, settings(2), count=1, seed=2))


PROGRAM = """
import hashlib, sys
import tensorflow as tf
tf.config.threading.set_intra_op_parallelism_threads(int(sys.argv[1]))
tf.config.threading.set_inter_op_parallelism_threads(int(sys.argv[1]))
from srgan.data.batches import batches
from srgan.degradation.degrade import degradation
from srgan.params import load_params
section = load_params().degradation.model_copy(update={"orders": 2})
digest = hashlib.sha256()
for batch in batches(sys.argv[2], batch_size=8, crop=48, seed=1, count=4, degrade=degradation(section, 4)):
    digest.update(batch.lr.numpy().tobytes())
print(digest.hexdigest())
"""


@pytest.mark.slow
def test_the_number_of_threads_changes_nothing(repository, patches):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TF_NUM_")}
    found = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM, threads, patches],
            cwd=repository,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for threads in ("1", "2", "5")
    }
    assert len(found) == 1
    assert len(found.pop()) == 65
