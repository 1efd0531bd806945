"""What Prometheus reads, by the parser of its own client."""

import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from srgan.data.appearance import FIGURES, appearance, summary
from srgan.serving.figures import WINDOW, Figures

RNG = np.random.default_rng(0)
ABOUT = {"network": "gan", "sha256": "f3a1"}


def looks(noise, count=400):
    """The figures of pictures' crops, smooth but for noise of so many levels."""
    slope = np.linspace(60, 180, 24)[:, None, None] + RNG.uniform(-40, 40, (count, 1, 1, 1))
    crops = np.clip(slope + RNG.normal(0, noise, (count, 24, 24, 3)), 0, 255).astype(np.uint8)
    return [appearance(crop) for crop in crops]


def read(figures):
    """Name and labels -> value."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(figures.text().decode())
        for sample in family.samples
    }


@pytest.fixture
def trained():
    return summary(looks(noise=3))


def test_pictures_like_those_of_the_training_have_not_drifted(trained):
    figures = Figures(ABOUT, trained, places=8)
    for look in looks(noise=3):
        figures.enlarged(0.5, 576, [look])
    found = read(figures)
    assert max(found["srgan_lr_drift", name] for name in FIGURES) < 0.2
    assert found["srgan_lr_pictures",] == 400
    assert found["srgan_lr_pixels_total",] == 400 * 576
    assert found["srgan_enlarge_seconds_sum",] == 200
    assert found["srgan_network", "gan", "f3a1"] == 1
    assert found["srgan_places",] == 8


def test_noise_is_a_drift_of_sharpness(trained):
    figures = Figures(ABOUT, trained, places=8)
    figures.enlarged(0.5, 576, looks(noise=12))
    found = read(figures)
    assert found["srgan_lr_drift", "sharpness"] > 3
    assert found["srgan_lr_drift", "brightness"] < 0.2
    assert found["srgan_lr_median", "sharpness"] > 4 * found["srgan_lr_training_median", "sharpness"]


def test_before_the_first_picture_there_is_no_drift(trained):
    found = read(Figures(ABOUT, trained, places=8))
    assert not [key for key in found if key[0] in ("srgan_lr_drift", "srgan_lr_median")]
    quantiles = trained["brightness"]
    assert found["srgan_lr_training_median", "brightness"] == pytest.approx((quantiles[9] + quantiles[10]) / 2)


def test_a_network_that_does_not_say_what_it_was_trained_on_has_no_drift():
    figures = Figures(ABOUT, {}, places=8)
    figures.enlarged(0.5, 576, looks(noise=3, count=4))
    found = read(figures)
    assert ("srgan_lr_median", "contrast") in found
    assert not [key for key in found if key[0] in ("srgan_lr_drift", "srgan_lr_training_median")]


def test_only_the_last_pictures_count(trained):
    figures = Figures(ABOUT, trained, places=8)
    (noisy,), usual = looks(noise=60, count=1), looks(noise=3)
    for look in [noisy] * WINDOW + [usual[i % len(usual)] for i in range(WINDOW)]:
        figures.enlarged(0.5, 576, [look])
    found = read(figures)
    assert found["srgan_lr_pictures",] == WINDOW
    assert found["srgan_lr_drift", "sharpness"] < 0.2


def test_one_who_is_sent_away_waits_for_all_that_are_here_as_long_as_the_last_ones_took():
    figures = Figures(ABOUT, {}, places=8, chance=lambda: 0)
    assert [figures.retry_after(waiting) for waiting in (0, 1, 8)] == [3, 6, 27]
    for seconds in [9.0] * 30 + [2.0] * 20:
        figures.enlarged(seconds, 576, [])
    assert [figures.retry_after(waiting) for waiting in (0, 1, 8)] == [2, 4, 18]
    for _ in range(20):
        figures.enlarged(0.001, 576, [])
    assert figures.retry_after(8) == 1


def test_not_all_come_back_in_the_same_second():
    chances = iter([0, 0.5, 0.99])
    figures = Figures(ABOUT, {}, places=8, chance=lambda: next(chances))
    assert [figures.retry_after(7) for _ in range(3)] == [24, 30, 36]


def test_refusals_are_counted_from_zero_on():
    """Else the first one would be no increase: `rate()` needs a figure before it."""
    found = read(Figures(ABOUT, {}, places=8))
    assert found["srgan_requests_total", "200"] == found["srgan_requests_total", "503"] == 0
