"""Write and read HR/LR pairs of patches as `tf.train.Example`.

Pixels are stored raw. Measured with 192 px HR patches of photographs in one TFRecord file, two CPU cores,
parsed and decoded by tf.data (a training step on these cores uses 20 patches a second, a fast GPU thousands):

    stored as        bytes a patch   written a second, one core   read and decoded a second
    raw                    110,592                        3,300                       8,300
    PNG                     54,657                          110                       2,200
    WebP, lossless          42,383                           28                       2,200

Two cores must read 5,000 a second to keep a GPU busy, so raw pixels are worth their disk space.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf


def encode(lr: np.ndarray, hr: np.ndarray, photo: str, y: int, x: int) -> bytes:
    """Serialise one pair as a `tf.train.Example`; the same arguments give the same bytes.

    Args:
        lr: uint8 (size / scale, size / scale, 3).
        hr: uint8 (size, size, 3).
        photo: name of the photograph, relative to its folder.
        y: first row of `hr` in the photograph, in HR pixels.
        x: first column of `hr` in the photograph, in HR pixels.
    """
    features = {
        "lr": tf.train.Feature(bytes_list=tf.train.BytesList(value=[lr.tobytes()])),
        "hr": tf.train.Feature(bytes_list=tf.train.BytesList(value=[hr.tobytes()])),
        "photo": tf.train.Feature(bytes_list=tf.train.BytesList(value=[photo.encode()])),
        "y": tf.train.Feature(int64_list=tf.train.Int64List(value=[y])),
        "x": tf.train.Feature(int64_list=tf.train.Int64List(value=[x])),
    }
    example = tf.train.Example(features=tf.train.Features(feature=features))
    # A protobuf map has no order, so without `deterministic` two processes may write different bytes.
    return example.SerializeToString(deterministic=True)


def photos(serialized: tf.Tensor) -> tf.Tensor:
    """Get the photograph that each pair was cut from, in graph operations: (B,) strings -> (B,) names."""
    return tf.io.parse_example(serialized, {"photo": tf.io.FixedLenFeature([], tf.string)})["photo"]


def decode(serialized: tf.Tensor, size: int, scale: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Get the pixels of serialised pairs, in graph operations.

    Args:
        serialized: (B,) strings that `encode` returned.
        size: HR pixels of a side.
        scale: enlargement.

    Returns:
        lr uint8 (B, size / scale, size / scale, 3) and hr uint8 (B, size, size, 3); sides known when traced.

    Raises:
        tf.errors.InvalidArgumentError: not such pairs, or some of another size, when the graph runs.
    """
    pixels = tf.io.FixedLenFeature([], tf.string)
    example = tf.io.parse_example(serialized, {"lr": pixels, "hr": pixels})
    count, small = tf.size(serialized), size // scale
    lr = tf.reshape(tf.io.decode_raw(example["lr"], tf.uint8), [count, small, small, 3])
    hr = tf.reshape(tf.io.decode_raw(example["hr"], tf.uint8), [count, size, size, 3])
    return lr, hr
