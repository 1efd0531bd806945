"""The networks that measure pictures, for commands, which have no weights made by the pipeline."""

from __future__ import annotations

import tempfile
from pathlib import Path

from srgan.evaluation.iqa import library_judges
from srgan.metrics.score import Judge
from srgan.root import project_root
from srgan.sources.fetch import Downloads, cache_folder
from srgan.sources.vgg_weights import write_vgg16
from srgan.tensorflow_import import import_tensorflow


def make_judges(features: str, setting: str) -> dict[str, Judge]:
    """The perceptual distance, and the metrics of pyiqa if it is installed; call this before importing TensorFlow.

    Args:
        features: as `data.features`; a path is relative to the current folder.
        setting: its name in messages.

    Raises:
        UserError: weights cannot be loaded.
    """
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "vgg16.h5"
        write_vgg16(weights, features, Path(), Downloads([], cache_folder(project_root())), setting)
        library = library_judges()
        import_tensorflow()
        from srgan.metrics.perceptual import PerceptualDistance  # noqa: PLC0415 - TensorFlow, which has to come last

        return {"perceptual_distance": PerceptualDistance(weights).to} | library
