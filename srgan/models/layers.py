"""The layers that Keras does not have, sub-pixel and bicubic upsampling, and a faster form of a convolution."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from srgan.data.resize import enlarge_weights


@keras.saving.register_keras_serializable("srgan")
class ICNR(keras.initializers.Initializer):
    """Kernels that make a sub-pixel convolution start as nearest-neighbour upsampling (Aitken et al. 1707.02937).

    The r^2 kernels whose outputs become the r x r sub-pixels of one channel start equal, so neighbouring
    sub-pixels start equal, and there is no checkerboard that training must remove.

    Args:
        factor: upsampling factor r.
    """

    def __init__(self, factor: int):
        self.factor = factor
        self.of_each = keras.initializers.GlorotUniform()  # of the C kernels that are repeated

    def __call__(self, shape: tuple[int, ...], dtype: Any = None, **_: Any) -> Any:
        height, width, inputs, outputs = shape
        kernel = self.of_each((height, width, inputs, outputs // self.factor**2), dtype=dtype)
        # Depth-to-space takes channel (dy * r + dx) * C + c, so repeating the C kernels r^2 times pairs them up.
        return ops.tile(kernel, (1, 1, 1, self.factor**2))

    def get_config(self) -> dict[str, Any]:
        return {"factor": self.factor}


@keras.saving.register_keras_serializable("srgan")
class DepthToSpace(layers.Layer):
    """Rearrange channels into space (Shi et al. 1609.05158, eq. 4): (B, h, w, r^2 C) -> (B, r h, r w, C)."""

    def __init__(self, factor: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, x: Any) -> Any:
        return ops.depth_to_space(x, self.factor, data_format="channels_last")

    def compute_output_shape(self, shape: tuple[int | None, int | None, int | None, int]) -> tuple[int | None, ...]:
        batch, height, width, channels = shape
        r = self.factor
        return (batch, height and height * r, width and width * r, channels // r**2)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"factor": self.factor}


def _mirrored(length: Any) -> Any:
    """Indices -2 to length + 1 with the borders mirrored, for any length from 1 up."""
    # Shifted by two lengths, so that none is negative: the mod of negative numbers differs between export formats.
    index = ops.mod(ops.arange(2 * length - 2, 3 * length + 2), 2 * length)
    return ops.minimum(index, 2 * length - 1 - index)


@keras.saving.register_keras_serializable("srgan")
class BicubicUpsampling(layers.Layer):
    """Bicubic enlargement of images in [0, 1] with mirrored borders: srgan.data.resize's, without its rounding.

    (B, h, w, C) -> (B, r h, r w, C), always in float32. An enlargement by an integer factor r has r phases, each a
    4-tap kernel inside the same 5-pixel window, so each axis is one fixed depthwise convolution to r channels.
    """

    def __init__(self, factor: int, **kwargs: Any):
        super().__init__(**{**kwargs, "dtype": "float32", "trainable": False})
        self.factor = factor
        self.taps = enlarge_weights(factor)  # (5, r)

    def call(self, x: Any) -> Any:
        height, width, channels = ops.shape(x)[1], ops.shape(x)[2], x.shape[-1]
        r = self.factor
        taps = np.tile(self.taps[:, None, None, :], (1, 1, channels, 1))  # (5, 1, C, r)
        # Clipped after each axis as 8-bit pictures are, or overshoots at an edge would differ.
        x = ops.take(x, _mirrored(height), axis=1)  # (B, h + 4, w, C)
        x = ops.clip(ops.depthwise_conv(x, taps, padding="valid"), 0.0, 1.0)  # (B, h, w, C r), phase fastest
        x = ops.reshape(x, (-1, height, width, channels, r))
        x = ops.reshape(ops.transpose(x, (0, 1, 4, 2, 3)), (-1, height * r, width, channels))
        x = ops.take(x, _mirrored(width), axis=2)  # (B, r h, w + 4, C)
        x = ops.clip(ops.depthwise_conv(x, taps.transpose(1, 0, 2, 3), padding="valid"), 0.0, 1.0)
        x = ops.reshape(x, (-1, height * r, width, channels, r))
        return ops.reshape(ops.transpose(x, (0, 1, 2, 4, 3)), (-1, height * r, width * r, channels))

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        batch, height, width, channels = shape
        r = self.factor
        return (batch, height and height * r, width and width * r, channels)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"factor": self.factor}


@keras.saving.register_keras_serializable("srgan")
class NarrowConv2D(layers.Conv2D):
    """A convolution to a few channels that keeps vector units busy: (B, H, W, C) -> (B, H, W, c) in float32.

    A k x k convolution to 3 channels fills 3 of 16 lanes. The same sum in two steps fills them: a 1 x k convolution to
    k c channels, a group for each row of the kernel, and the sum of the groups, each shifted by its row. Forward and
    backward of 9 x 9 from (16, 96, 96, 64) in float32 take 68 ms instead of 158 ms on two cores. The first step is in
    the layer's compute precision; the sum over rows and the result are float32. Stride 1, padding `same`.
    """

    def call(self, x: Any) -> Any:
        rows, columns, inputs, outputs = self.kernel.shape
        kernel = ops.transpose(ops.cast(self.kernel, x.dtype), (1, 2, 0, 3))  # (columns, C, rows, c)
        kernel = ops.reshape(kernel, (1, columns, inputs, rows * outputs))
        groups = ops.conv(x, kernel, padding="same")  # (B, H, W, rows c)
        add = np.zeros((rows, 1, rows * outputs, outputs), "float32")
        for row in range(rows):
            add[row, 0, row * outputs : (row + 1) * outputs] = np.eye(outputs)
        return ops.conv(ops.cast(groups, "float32"), add, padding="same") + ops.cast(self.bias, "float32")

    def compute_output_spec(self, x: Any) -> keras.KerasTensor:
        return keras.KerasTensor(self.compute_output_shape(x.shape), "float32")
