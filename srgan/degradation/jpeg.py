"""Compress to JPEG and decode again, in the TensorFlow graph."""

from __future__ import annotations

import tensorflow as tf

BLOCK = 8  # px of a side of what JPEG transforms at once


def compress(
    image: tf.Tensor, quality: tf.Tensor, phase: tf.Tensor, halved: tf.Tensor, qualities: tuple[int, int]
) -> tf.Tensor:
    """What JPEG leaves of a picture: baseline, by libjpeg.

    Args:
        image: float32 (H, W, 3), in levels of 255; rounded and clipped. No side below BLOCK.
        quality: int32, 1 to 100, on libjpeg's scale.
        phase: int32 (2,), rows and columns, 0 to BLOCK - 1, by which the block grid is moved, so that a crop's border
            is not always a block's.
        halved: bool, whether colours are kept at half the resolution (4:2:0, libjpeg's default) or at the whole one
            (4:4:4).
        qualities: the lowest and the highest that there can be; fewer make a smaller graph.

    Returns:
        float32 (H, W, 3), whole levels.
    """
    before = tf.pad(image, [[phase[0], 0], [phase[1], 0], [0, 0]], "SYMMETRIC")
    levels = tf.cast(tf.round(tf.clip_by_value(before, 0, 255)), tf.uint8)
    # The operation behind tf.image.adjust_jpeg_quality, which decodes in a coarser way than libjpeg's own default.
    encoded = tf.cond(
        halved,
        lambda: tf.raw_ops.EncodeJpegVariableQuality(images=levels, quality=quality),
        lambda: _encode_whole_colours(levels, quality, qualities),
    )
    decoded = tf.io.decode_jpeg(encoded, channels=3, dct_method="INTEGER_ACCURATE")
    return tf.cast(decoded[phase[0] :, phase[1] :], tf.float32)


def _encode_whole_colours(levels: tf.Tensor, quality: tf.Tensor, qualities: tuple[int, int]) -> tf.Tensor:
    """The bytes of a JPEG with 4:4:4, which TensorFlow writes only at a quality that is fixed in the graph."""
    low, high = qualities

    def at(known: int) -> tf.Tensor:
        return tf.io.encode_jpeg(levels, "rgb", quality=known, chroma_downsampling=False)

    return tf.switch_case(quality - low, [lambda known=known: at(known) for known in range(low, high + 1)])
