"""How different two pictures look, by the features of a network that was trained on photographs.

The distance of Zhang et al. 2018 (arXiv 1801.03924, eq. 1) with all weights w = 1, on VGG16: in each of five layers,
the last convolution of each block after its ReLU, the features of every position are divided by their length; the
squared difference is summed over channels and averaged over positions; the five means are added. It is not LPIPS, which
has weights learned from people's judgement and compares other features: the two give figures that cannot be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import tensorflow as tf

from srgan.data.images import to_rgb, to_signed
from srgan.models.vgg import build_vgg, unit_length

LAYERS = ("block1_conv2", "block2_conv2", "block3_conv3", "block4_conv3", "block5_conv3")  # relu1_2 ... relu5_3
PERIOD = 16  # px between neighbouring features of the deepest layer, and the smallest side of a picture
MARGIN = 96  # px; at least the 90 that the deepest features see around their own 16, and a multiple of PERIOD
TILE = 768  # px; with its margins a tile takes about 2 GB of memory

Features = list[np.ndarray]  # of one picture: for each layer (h, w, C), of length 1 along C
Tile = tuple[slice, slice, list[tuple[slice, slice]]]  # rows, columns; for each layer the rows and columns that count


class PerceptualDistance:
    """How different two pictures look: 0 for the same, about 1.4 for Set5 and its bicubic enlargement by 4.

    Args:
        weights: a file of VGG16's weights, see srgan.sources.vgg_weights.
        tile: the side in pixels of the tiles that a large picture is measured in; a multiple of PERIOD.

    Raises:
        UserError: the file does not hold VGG16 weights, or lacks a layer.
    """

    def __init__(self, weights: Path, tile: int = TILE) -> None:
        self._vgg = build_vgg(weights, LAYERS, "vgg16")
        self._tile = tile
        any_size = tf.TensorSpec([1, None, None, 3])  # so that the function is traced once
        self._unit_features = tf.function(self._trace, input_signature=[any_size])

    def to(self, hr: np.ndarray) -> Callable[[np.ndarray], float]:
        """Make a function that measures the distance of other pictures to this one.

        Memory does not grow with the picture. A large picture is measured in tiles with margins, so that every feature
        is the same as in the whole picture. The features of a picture that fits in one tile are kept: about 490 bytes a
        pixel.

        Args:
            hr: uint8 (H, W, 3) or (H, W), at least 16 pixels a side.

        Returns:
            A function from sr, uint8 of the same size, to the distance.
        """
        height, width = hr.shape[:2]
        if min(height, width) < PERIOD:
            raise ValueError(f"{hr.shape[:2]} pixels are fewer than a feature of VGG16 needs, {PERIOD}")
        tiles = list(_tiles(height, width, self._tile))
        kept = self._features(hr) if len(tiles) == 1 else None

        def distance(sr: np.ndarray) -> float:
            if sr.shape[:2] != hr.shape[:2]:
                raise ValueError(f"pictures of one size are compared, not {sr.shape} with {hr.shape}")
            sums, counts = np.zeros(len(LAYERS)), np.zeros(len(LAYERS))
            for rows, columns, own in tiles:
                target = kept or self._features(hr[rows, columns])
                found = self._features(sr[rows, columns])
                for layer, (a, b) in enumerate(zip(target, found, strict=True)):
                    difference = np.square(a[own[layer]] - b[own[layer]]).sum(axis=2)  # (h, w)
                    sums[layer] += difference.sum(dtype=np.float64)
                    counts[layer] += difference.size
            return float((sums / counts).sum())

        return distance

    def _features(self, image: np.ndarray) -> Features:
        signed = to_signed(to_rgb(image))[np.newaxis]  # (1, H, W, 3)
        return [features.numpy() for features in self._unit_features(tf.constant(signed))]

    def _trace(self, image: tf.Tensor) -> list[tf.Tensor]:
        features = self._vgg(image, training=False)
        return [unit_length(features[layer])[0] for layer in LAYERS]


def _tiles(height: int, width: int, tile: int) -> Iterator[Tile]:
    """Cut a picture into tiles with margins, and say which of a tile's features are its own."""
    for top, bottom in _parts(height, tile):
        for left, right in _parts(width, tile):
            above, before = max(top - MARGIN, 0), max(left - MARGIN, 0)
            own = [
                (
                    slice((top - above) // step, (bottom - above) // step),
                    slice((left - before) // step, (right - before) // step),
                )
                for step in (2**layer for layer in range(len(LAYERS)))  # pixels between neighbouring features
            ]
            yield slice(above, bottom + MARGIN), slice(before, right + MARGIN), own


def _parts(size: int, tile: int) -> list[tuple[int, int]]:
    """Cut a side into parts of `tile`; the last includes a remainder too small for a feature of the deepest layer."""
    starts = range(0, max(size - PERIOD, 1), tile)
    return [(start, size if start == starts[-1] else start + tile) for start in starts]
