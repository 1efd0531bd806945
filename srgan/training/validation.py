"""How the generator does on photographs it is not trained on, while it trains."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from srgan.data.images import list_images, read_image, to_rgb
from srgan.data.resize import crop_to_multiple, shrink
from srgan.errors import UserError
from srgan.evaluation.metrics import score
from srgan.inference.network import upscaler
from srgan.tracking import Run

WATCHED = ("psnr_y", "ssim_y", "spectral_distance")


def validation(
    generator: keras.Model, benchmarks: Path, name: str, count: int, scale: int, run: Run
) -> Callable[[int], dict[str, float]]:
    """Measure a generator on the first pictures of a benchmark set, and log what it makes of them.

    Args:
        generator: the network that is trained.
        benchmarks: folder of the benchmark sets.
        name: the set.
        count: how many of its pictures.
        scale: enlargement.
        run: where the pictures are logged.

    Returns:
        A function of the iteration: mean psnr_y, ssim_y and spectral_distance.

    Raises:
        UserError: there is no such set.
    """
    folder = benchmarks / name
    if not folder.is_dir():
        there = ", ".join(sorted(path.name for path in benchmarks.iterdir())) if benchmarks.is_dir() else "none"
        raise UserError(f"training.validation is {name!r}, which is not among the benchmark sets ({there})")
    pictures = {}
    for path in list_images(folder)[:count]:
        hr = crop_to_multiple(read_image(path), scale)  # (H, W, 3), or (H, W): scored in grey
        pictures[path.stem] = (hr, to_rgb(shrink(hr, scale)))

    upscale = upscaler(generator)

    def validate(iteration: int) -> dict[str, float]:
        scores = []
        for stem, (hr, lr) in pictures.items():
            sr = upscale(lr)  # (H, W, 3)
            run.log_image(stem, sr, step=iteration)
            scores.append(score(sr, hr, scale))
        return {key: float(np.mean([getattr(each, key) for each in scores])) for key in WATCHED}

    return validate
