"""What Prometheus is told: how many pictures, how long they took, and how far they are from those of the training."""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from statistics import median

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from srgan.data.appearance import drift, summary

WINDOW = 1000  # drift is measured over so many of the last pictures
SECONDS = (0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300, 600, 1200)  # bounds of the histograms
LAST = 20  # pictures whose time tells how long the next ones will take
FIRST = 3.0  # seconds that a picture is taken for before one is done
JITTER = 0.5  # those who are sent away wait up to so much longer, each by another share, and do not come back together
STATUSES = ("200", "503")  # counted from 0 on: an increase from no figure to 1 is none to Prometheus


class Figures:
    """The figures of one server.

    Args:
        about: labels of the network.
        trained: quantiles of each figure of the LR that it was trained on, from its model.json; empty if unknown.
        places: pictures that are taken at a time.
        chance: gives numbers in [0, 1).
    """

    def __init__(
        self,
        about: Mapping[str, str],
        trained: Mapping[str, list[float]],
        places: int,
        chance: Callable[[], float] = random.random,
    ):
        self._chance = chance
        self._trained = trained
        self._looks: deque[list[dict[str, float]]] = deque(maxlen=WINDOW)
        self._seconds: deque[float] = deque(maxlen=LAST)
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._gauge("srgan_network", "The network: always 1", list(about)).labels(**about).set(1)
        self._gauge("srgan_places", "Pictures that are taken at a time").set(places)
        self.taken = self._gauge("srgan_places_taken", "Pictures that arrive, wait or are enlarged")
        self.requests = self._counter("srgan_requests", "Pictures that were sent, by the answer's status", ["status"])
        for status in STATUSES:
            self.requests.labels(status=status)
        self.latency = self._histogram("srgan_request_seconds", "Seconds from a picture's arrival to its result")
        self._work = self._histogram("srgan_enlarge_seconds", "Seconds that the enlargement alone took")
        self._pixels = self._counter("srgan_lr_pixels", "Pixels of LR that were enlarged")
        self.worker_deaths = self._counter("srgan_worker_deaths", "Unexpected ends of the network's process")
        self._compared = self._gauge(
            "srgan_lr_pictures", f"Pictures behind drift and medians: at most the last {WINDOW}"
        )
        self._median = self._gauge("srgan_lr_median", "Median of a figure of the pictures' crops", ["figure"])
        self._drift = self._gauge(
            "srgan_lr_drift", "How far a figure is from the training's, in its standard deviations", ["figure"]
        )
        before = self._gauge("srgan_lr_training_median", "Median of a figure of the training's crops", ["figure"])
        _set(before, {name: median(values) for name, values in trained.items()})

    def enlarged(self, seconds: float, pixels: int, looks: list[dict[str, float]]) -> None:
        """Count a picture.

        Args:
            seconds: that enlarging took.
            pixels: of LR.
            looks: the figures of its crops.
        """
        self._seconds.append(seconds)
        self._looks.append(looks)
        self._work.observe(seconds)
        self._pixels.inc(pixels)

    def retry_after(self, waiting: int) -> int:
        """Seconds after which one who is sent away may come again, drawn anew for each.

        Args:
            waiting: pictures that are here; the one to come is counted beside them.
        """
        picture = sum(self._seconds) / len(self._seconds) if self._seconds else FIRST
        return max(1, math.ceil((waiting + 1) * picture * (1 + JITTER * self._chance())))

    def text(self) -> bytes:
        """All of them in Prometheus' format."""
        pictures = list(self._looks)  # a copy: meanwhile others may be enlarged
        self._compared.set(len(pictures))
        if pictures:
            now = summary(crop for looks in pictures for crop in looks)
            _set(self._median, {name: median(values) for name, values in now.items()})
            _set(self._drift, drift(now, self._trained))
        return generate_latest(self._registry)

    def _gauge(self, name: str, what: str, labels: Sequence[str] = ()) -> Gauge:
        return Gauge(name, what, labels, registry=self._registry)

    def _counter(self, name: str, what: str, labels: Sequence[str] = ()) -> Counter:
        return Counter(name, what, labels, registry=self._registry)

    def _histogram(self, name: str, what: str) -> Histogram:
        return Histogram(name, what, buckets=SECONDS, registry=self._registry)


def _set(gauge: Gauge, values: Mapping[str, float]) -> None:
    for name, value in values.items():
        gauge.labels(figure=name).set(value)
