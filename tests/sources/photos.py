"""Photographs, and the stage that writes them where the next ones look for them."""

from pathlib import Path

import numpy as np
from PIL import Image

from srgan.sources.datasets import find_benchmarks, find_train, write_photos
from srgan.sources.fetch import Downloads

MAX_PIXELS = 200_000_000
SCALE = 4


def photo(path: Path, seed: int, size: tuple[int, int] = (64, 96), **options) -> Path:
    """Write a photograph of noise, another for each seed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path, **options)
    return path


def write(train: str, benchmarks: list[str], root: Path, cache: Path | None = None) -> dict[str, int]:
    """What the stage download does in a project's folder: how many photographs it has written, by set."""
    downloads = Downloads([], cache or root / "cache")
    sources = find_benchmarks(benchmarks, root)
    return write_photos(find_train(train, root), sources, root / "data" / "raw", downloads, MAX_PIXELS, SCALE)


def tree(folder: Path) -> dict[str, bytes]:
    """The files in a folder, by name."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
