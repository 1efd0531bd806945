"""JPEG, there and back, in the graph."""

from __future__ import annotations

import tensorflow as tf

BLOCK = 8  # px of a side of what JPEG transforms at once


def compress(image: tf.Tensor, quality: tf.Tensor, phase: tf.Tensor) -> tf.Tensor:
    """What JPEG leaves of a picture: baseline, colours at half the resolution (4:2:0), as libjpeg does by default.

    Args:
        image: float32 (H, W, 3), in levels of 255; rounded and clipped. No side below BLOCK.
        quality: int32, 1 to 100, on libjpeg's scale.
        phase: int32 (2,), rows and columns, 0 to BLOCK - 1, that a block's border is moved by: a crop's border must not
            always be one of blocks, too.

    Returns:
        float32 (H, W, 3), whole levels.
    """
    before = tf.pad(image, [[phase[0], 0], [phase[1], 0], [0, 0]], "SYMMETRIC")
    levels = tf.cast(tf.round(tf.clip_by_value(before, 0, 255)), tf.uint8)
    # The operation behind tf.image.adjust_jpeg_quality, which decodes in a coarser way than libjpeg's own default.
    encoded = tf.raw_ops.EncodeJpegVariableQuality(images=levels, quality=quality)
    decoded = tf.io.decode_jpeg(encoded, channels=3, dct_method="INTEGER_ACCURATE")
    return tf.cast(decoded[phase[0] :, phase[1] :], tf.float32)
