"""Measure the generator during training, on photographs that it is not trained on."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from pathlib import Path

import keras

from srgan.data.benchmark import benchmark_pair
from srgan.data.images import to_rgb
from srgan.data.listing import list_images
from srgan.errors import UserError
from srgan.metrics.perceptual import PerceptualDistance
from srgan.metrics.score import means, score
from srgan.models.upscaler import upscaler
from srgan.tracking.runs import Run

WATCHED = ("psnr_y", "ssim_y", "lr_psnr", "perceptual_distance", "mesh", "halo", "lattice", "spectral_distance")
KEPT_PIXELS = 2_000_000  # of photographs whose features are kept from one validation to the next: a gigabyte


def validation(
    generator: keras.Model, features: Path, folder: Path, count: int, scale: int, run: Run
) -> Callable[[int], dict[str, float]]:
    """Measure a generator on the first pictures of a benchmark set, and log the results.

    Args:
        generator: the network that the stage will save.
        features: VGG16's weights, for the perceptual distance.
        folder: of the benchmark set.
        count: how many of its pictures.
        scale: enlargement.
        run: where the pictures are logged.

    Returns:
        A function of the iteration that returns the means of WATCHED over the pictures. Mesh, halo or lattice is left
        out if no picture has a smooth place, an edge or a texture.

    Raises:
        UserError: there is no such set, or the features cannot be read.
    """
    if not folder.is_dir():
        benchmarks = folder.parent
        there = ", ".join(sorted(path.name for path in benchmarks.iterdir())) if benchmarks.is_dir() else "none"
        raise UserError(
            f"training.validation is {folder.name!r}, which is not among the benchmark sets ({there}); name one of them"
        )
    perceptual = PerceptualDistance(features)
    pictures, room = {}, KEPT_PIXELS
    for path in list_images(folder)[:count]:
        # Without a limit: the stage download has refused pictures larger than data.max_pixels.
        hr, lr = benchmark_pair(path, scale, max_pixels=sys.maxsize)  # (H, W, 3), or (H, W): scored in grey
        room -= hr.shape[0] * hr.shape[1]
        distance = perceptual.to(hr) if room >= 0 else None
        pictures[path.stem] = (hr, to_rgb(lr), distance)

    upscale = upscaler(generator)

    def validate(iteration: int) -> dict[str, float]:
        scores = []
        for stem, (hr, lr, distance) in pictures.items():
            sr = upscale(lr)  # (H, W, 3)
            run.log_image(stem, sr, step=iteration)
            scores.append(score(sr, hr, scale, {"perceptual_distance": distance or perceptual.to(hr)}))
        figures = means(scores)
        return {metric: figures[metric] for metric in WATCHED if not math.isnan(figures[metric])}

    return validate
