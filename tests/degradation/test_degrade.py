"""Degraded LR: what the settings say is done, HR is left alone, and every batch can be addressed."""

import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from skimage.data import astronaut

from srgan.data.batches import batches
from srgan.data.images import write_png
from srgan.data.resize import shrink
from srgan.degradation.degrade import MARGIN, NUMBERS, degradation, draw, draw_end, draw_exponent
from srgan.degradation.draws import Draws
from srgan.params import load_params
from srgan.patches import cut

SCALE, CROP = 4, 48
WINDOW = CROP + 2 * MARGIN


@pytest.fixture(scope="module")
def settings(repository):
    """A function giving the section `degradation` with some settings changed, its last order's by their names."""
    section = load_params(repository / "params.yaml").degradation

    def change(orders, **changes):
        last = {name: changes.pop(name) for name in list(changes) if name in type(section.last).model_fields}
        return section.model_copy(
            update=changes | {"orders": orders, "last": section.last.model_copy(update=last)},
        )

    return change


@pytest.fixture
def nothing(settings):
    """The settings of one order that does nothing but shrink as the benchmarks do, and compress hardly."""
    directions = settings(1).last.resize.model_copy(update={"up": 0, "down": 0, "keep": 1})
    still = {"blur": 0, "resize": directions, "noise": (0, 0), "poisson": (0, 0), "jpeg": (100, 100), "final_sinc": 0}
    plain = {"interpolations": ["bicubic"], "antialias": True}
    return lambda orders=1, **changes: settings(orders, **plain | still | changes)


@pytest.fixture(scope="module")
def patches(tmp_path_factory):
    """A folder of patches larger than the crop."""
    folder = tmp_path_factory.mktemp("patches")
    write_png(folder / "photos/1.png", astronaut()[:192, 150:342])
    common = {"photos_per_shard": 1, "workers": 1, "backend": "loky", "on_bad_image": "error", "max_pixels": 10**6}
    cut(folder / "photos", folder / "patches", scale=SCALE, size=64, **common)
    return folder / "patches"


def windows(count=1):
    photo = astronaut()[80 : 80 + WINDOW, 180 : 180 + WINDOW]
    return tf.constant(np.repeat(photo[np.newaxis], count, axis=0))


def numbers(count=1, seed=1):
    return tf.random.stateless_uniform([count, NUMBERS], [seed, 0], None, None, tf.int32)


def feed(patches, section, **which):
    arguments = {"batch_size": 4, "crop": CROP, "seed": 1, "count": 6} | which
    found = batches(patches, degrade=degradation(section, SCALE), **arguments).as_numpy_iterator()
    return [(batch.lr, batch.hr) for batch in found]


def as_bytes(found):
    return [(lr.tobytes(), hr.tobytes()) for lr, hr in found]


def difference(lr, clean):
    return float(np.sqrt(np.mean((lr.astype(float) - clean) ** 2)))


def test_off_is_none(settings):
    assert degradation(settings(0), SCALE) is None


@pytest.mark.parametrize("orders", [1, 2])
@pytest.mark.parametrize("scale", [2, 3, 8])
def test_lr_has_the_crop_s_size_whatever_the_scale(settings, orders, scale):
    degrade = degradation(settings(orders), scale)
    assert degrade.margin % scale == 0
    side = 48 + 2 * degrade.margin
    lr = degrade.lr(tf.zeros([3, side, side, 3], tf.uint8), numbers(3))
    assert lr.dtype == tf.uint8
    assert lr.shape == (3, 48 // scale, 48 // scale, 3)


def clean():
    return shrink(windows()[0].numpy(), SCALE)[MARGIN // SCALE : -MARGIN // SCALE, MARGIN // SCALE : -MARGIN // SCALE]


def test_an_order_that_does_nothing_leaves_the_bicubic_reduction(nothing):
    """That of the benchmarks, up to what JPEG of quality 100 takes."""
    lr = degradation(nothing(), SCALE).lr(windows(4), numbers(4)).numpy()
    assert max(difference(each, clean()) for each in lr) < 3
    assert difference(lr[0], np.roll(clean(), 1, axis=0)) > 20  # so it lies in its place


@pytest.mark.parametrize(
    ("change", "least"),
    [
        ({"blur": 1, "sigma": (3.0, 3.0)}, 6),
        ({"gaussian": 1, "noise": (15, 15)}, 7),
        ({"gaussian": 0, "poisson": (2, 2)}, 7),
        ({"jpeg": (10, 10)}, 5),
        ({"final_sinc": 1, "final_cutoff": (0.34, 0.34)}, 4),
    ],
)
def test_each_setting_does_its_part(nothing, change, least):
    lr = degradation(nothing(**change), SCALE).lr(windows(4), numbers(4)).numpy()
    assert min(difference(each, clean()) for each in lr) > least


def test_the_first_order_comes_before(nothing):
    lr = degradation(nothing(orders=2), SCALE).lr(windows(16), numbers(16)).numpy()
    assert np.mean([difference(each, clean()) for each in lr]) > 8


@pytest.mark.parametrize(("resize", "factor"), [("down", (0.2, 0.5)), ("up", (1.2, 1.5))])
def test_both_ends_of_a_range_of_factors_are_kept(settings, resize, factor):
    section = settings(2)
    only = section.first.resize.model_copy(update={"up": 0.0, "down": 0.0, "keep": 0.0} | {resize: 1.0})
    order = section.first.model_copy(update={"resize": only, "factor": factor})
    drawn = draw(order, section, Draws(numbers(4000))).factor.numpy()
    assert [drawn.min(), drawn.max()] == pytest.approx(factor, abs=0.01)


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_the_smallest_crop_that_the_settings_allow_has_room_for_jpeg(settings, scale):
    section, margin = settings(2), -(-4 // scale)
    side = scale * 8  # with its margin
    made = degradation(section, scale)
    assert made.margin == margin * scale
    hr = np.random.default_rng(0).integers(0, 256, (8, side, side, 3), np.uint8)
    assert made.lr(hr, numbers(8)).shape == (8, 8 - 2 * margin, 8 - 2 * margin, 3)


def test_probabilities_and_ranges_are_kept(settings):
    section, count = settings(2), 20_000
    drawn = draw(section.first, section, Draws(numbers(count)))
    factor = drawn.factor.numpy()
    assert [(factor > 1).mean(), (factor < 1).mean(), (factor == 1).mean()] == pytest.approx([0.2, 0.7, 0.1], abs=0.01)
    assert [factor.min(), factor.max()] == pytest.approx([0.15, 1.5], abs=0.01)
    assert np.mean(drawn.grey) == pytest.approx(0.4, abs=0.01)
    assert np.mean(drawn.is_gaussian) == pytest.approx(0.5, abs=0.01)
    assert [drawn.quality.numpy().min(), drawn.quality.numpy().max()] == [30, 95]
    assert np.all(drawn.halved)
    some = section.first.model_copy(update={"halved_colours": 0.3})
    assert np.mean(draw(some, section, Draws(numbers(count))).halved) == pytest.approx(0.3, abs=0.01)
    assert [np.min(drawn.sigma), np.max(drawn.sigma)] == pytest.approx([1, 30], abs=0.1)
    kernel = drawn.kernel.numpy()
    rings = (kernel.min(axis=(1, 2)) < -1e-4).mean()  # sinc kernels, but for those that are next to nothing
    assert 0.07 < rings < 0.105
    end = draw_end(section, Draws(numbers(count, seed=2)))
    assert [np.mean(end.filters), np.mean(end.jpeg_first)] == pytest.approx([0.8, 0.5], abs=0.015)


@pytest.mark.parametrize(
    ("limits", "quantiles"),
    [((0.5, 4), (0.75, 1, 2.5)), ((1, 2), (1, 1, 1.5)), ((2, 4), (2.5, 3, 3.5)), ((0.2, 0.6), (0.3, 0.4, 0.5))],
)
def test_half_of_the_exponents_are_below_a_gaussian_s(limits, quantiles):
    """As in the authors' code, https://github.com/XPixelGroup/BasicSR, basicsr/data/degradations.py."""
    drawn = draw_exponent(*limits, Draws(numbers(20_000))).numpy()
    assert np.quantile(drawn, [0.25, 0.5, 0.75]) == pytest.approx(quantiles, abs=0.05)
    assert [drawn.min(), drawn.max()] == pytest.approx(limits, abs=0.01)


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


@pytest.mark.parametrize(
    ("change", "least"),
    [
        ({"antialias": False}, 6),
        ({"final_sinc": 1, "final_cutoff": (0.34, 0.34), "cutoff": (1.0, 1.0)}, 12),
    ],
)
def test_a_setting_is_not_another_one_s(nothing, change, least):
    lr = degradation(nothing(**change), SCALE).lr(windows(4), numbers(4)).numpy()
    assert min(difference(each, clean()) for each in lr) > least


def test_the_first_order_has_a_jpeg_of_its_own(nothing):
    """Orders that do nothing else: what differs is its quality."""
    still = nothing().last
    found = {}
    for quality in (2, 100):
        section = nothing(orders=2, first=still.model_copy(update={"jpeg": (quality, quality)}))
        lr = degradation(section, SCALE).lr(windows(4), numbers(4)).numpy()
        found[quality] = max(difference(each, clean()) for each in lr)
    assert found[100] < 4
    assert found[2] > 2 * found[100]


@pytest.mark.parametrize(("orders", "most"), [(1, 0.9), (2, 0.97)])
def test_colours_at_the_whole_resolution_are_nearer_to_the_picture_s(nothing, orders, most):
    """Whichever order it is that halves them."""
    found = {}
    for halved in (0.0, 1.0):
        order = nothing(halved_colours=halved).last
        section = nothing(orders=orders, first=order, halved_colours=halved if orders == 1 else 0.0)
        lr = degradation(section, SCALE).lr(windows(4), numbers(4)).numpy()
        found[halved] = max(difference(each, clean()) for each in lr)
    assert found[0.0] < most * found[1.0], found
