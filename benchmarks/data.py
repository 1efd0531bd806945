"""Input: python -m benchmarks.data SECONDS. Cutting, resizing, and reading patches back, without a network."""

from __future__ import annotations

import itertools
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.measure import BATCH, CROP, ROOT, SCALE, Row, median_seconds
from srgan.data.batches import Degrade, batches
from srgan.data.images import read_image, write_png
from srgan.data.listing import list_images
from srgan.data.resize import shrink
from srgan.degradation.degrade import degradation
from srgan.params import load_params
from srgan.patches import cut
from srgan.sources.datasets import find_benchmarks, find_train, write_photos
from srgan.sources.fetch import Downloads, cache_folder

PATCH = 192
COPIES = 128  # of the four sample photographs: many times PHOTOS_A_PROCESS for each of two workers
PAPER_PHOTOS = 350_000


def main() -> None:
    """Measure all of it; print rows."""
    seconds = float(sys.argv[1])
    _resize(seconds)
    with tempfile.TemporaryDirectory() as folder:
        _cut_and_read(Path(folder), seconds)


def _resize(seconds: float) -> None:
    photo = np.random.default_rng(0).integers(0, 256, (1356, 2040, 3), np.uint8)
    picture, small = Image.fromarray(photo), (2040 // SCALE, 1356 // SCALE)
    ours = median_seconds(lambda: shrink(photo, SCALE), seconds)
    pillow = median_seconds(lambda: picture.resize(small, Image.Resampling.BICUBIC), seconds)
    Row("resize", "2040 x 1356 to a quarter", ours * 1e3, "ms", f"Pillow's BICUBIC {pillow * 1e3:.1f} ms").show()


def _cut_and_read(folder: Path, seconds: float) -> None:
    photos, patches = folder / "photos", folder / "patches"
    raw = folder / "raw"
    sample = find_train("sample", folder), find_benchmarks(["sample"], folder)
    write_photos(*sample, raw, Downloads([], cache_folder(folder)), 10**9, SCALE)
    sources = list_images(raw / "train")
    for number, source in itertools.product(range(COPIES), sources):
        write_png(photos / f"{number}-{source.name}", read_image(source))
    rates = {}
    for workers in (1, 2):
        _cut(photos, patches, workers)  # starts the workers, who stay: seconds, whatever there is to cut
        rates[workers] = COPIES * len(sources) / _cut(photos, patches, workers)
    megapixels = sum(read_image(source).size // 3 for source in sources) / len(sources) / 1e6
    for workers, rate in rates.items():
        hours = PAPER_PHOTOS / rate / 3600
        note = f"photos of {megapixels:.2f} MP; 350,000 of them in {hours:.1f} h"
        Row("cut patches", f"{workers} worker{'s' * (workers > 1)}", rate, "photos/s", note).show()
    size = sum(file.stat().st_size for file in patches.iterdir()) / (COPIES * len(sources))
    Row("cut patches", "on disk", size / 1e3, "kB/photo", f"{size * PAPER_PHOTOS / 1e9:.0f} GB for 350,000").show()
    Row("cut patches", "two workers beside one", rates[2] / rates[1], "times as fast").show()

    settings = load_params(ROOT / "params.yaml").degradation
    for orders, what in enumerate(("turned", "degraded once", "degraded twice")):
        degrade = degradation(settings.model_copy(update={"orders": orders}), SCALE)
        rate = _read(patches, max(200, int(400 * seconds)) if not orders else int(60 * seconds), degrade)
        Row("tf.data", f"{CROP} + {CROP // SCALE} px, {what}", rate, "patches/s", "a step of pretrain takes 16").show()


def _read(patches: Path, count: int, degrade: Degrade | None) -> float:
    """Patches a second."""
    feed = iter(batches(patches, batch_size=BATCH, crop=CROP, seed=1, count=50 + count, degrade=degrade))
    for _ in range(50):
        next(feed)
    start = time.perf_counter()
    read = sum(1 for _ in feed)
    return read * BATCH / (time.perf_counter() - start)


def _cut(photos: Path, patches: Path, workers: int) -> float:
    start = time.perf_counter()
    cut(
        photos,
        patches,
        scale=SCALE,
        size=PATCH,
        photos_per_shard=4,
        workers=workers,
        backend="loky",
        on_bad_image="error",
        max_pixels=10**9,
    )
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
