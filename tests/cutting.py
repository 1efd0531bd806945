"""Photographs to cut, and what is read of the patches."""

from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image

SETTINGS = {
    "scale": 4,
    "size": 48,
    "photos_per_shard": 2,
    "workers": 1,
    "backend": "loky",
    "on_bad_image": "error",
    "max_pixels": 10**6,
}


def write_photo(path: Path, height: int, width: int, mode: str = "RGB", seed: int = 0) -> None:
    """Write a photograph of noise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    Image.fromarray(noise).convert(mode).save(path)


def write_photos(folder: Path) -> Path:
    """Write five photographs of several sizes, two of them in subfolders."""
    sizes = [(48, 48), (101, 67), (97, 145), (50, 200), (144, 96)]
    for i, (height, width) in enumerate(sizes):
        write_photo(folder / f"{'sub/' * (i % 2)}{i}.png", height, width, seed=i)
    return folder


def read_pairs(folder: Path):
    """Every record of every shard: photo, y, x, lr, hr. Parsed by hand, not by the code under test."""
    for file in sorted(folder.glob("*.tfrecord")):
        for serialized in tf.data.TFRecordDataset(str(file)).as_numpy_iterator():
            feature = tf.train.Example.FromString(serialized).features.feature
            lr, hr = (np.frombuffer(feature[key].bytes_list.value[0], np.uint8) for key in ("lr", "hr"))
            y, x = (feature[key].int64_list.value[0] for key in ("y", "x"))
            yield feature["photo"].bytes_list.value[0].decode(), y, x, lr, hr
