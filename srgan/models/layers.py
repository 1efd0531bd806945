"""The layers Keras does not have: sub-pixel upsampling, bicubic upsampling, virtual batch normalisation."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

EPSILON = 1e-5  # added to variances


@keras.saving.register_keras_serializable("srgan")
class ICNR(keras.initializers.Initializer):
    """Kernels that make a sub-pixel convolution start as nearest-neighbour upsampling (Aitken et al. 1707.02937).

    The r^2 kernels whose outputs become the r x r sub-pixels of one channel start equal, so neighbouring
    sub-pixels start equal and no checkerboard is there to be unlearned.

    Args:
        factor: upsampling factor r.
        base: initializer of the C kernels that are repeated.
    """

    def __init__(self, factor: int, base: str | keras.initializers.Initializer = "glorot_uniform"):
        self.factor = factor
        self.base = keras.initializers.get(base)

    def __call__(self, shape: tuple[int, ...], dtype: Any = None, **_: Any) -> Any:
        height, width, inputs, outputs = shape
        kernel = self.base((height, width, inputs, outputs // self.factor**2), dtype=dtype)
        # Depth-to-space takes channel (dy * r + dx) * C + c, so repeating the C kernels r^2 times pairs them up.
        return ops.tile(kernel, (1, 1, 1, self.factor**2))

    def get_config(self) -> dict[str, Any]:
        return {"factor": self.factor, "base": keras.initializers.serialize(self.base)}


@keras.saving.register_keras_serializable("srgan")
class DepthToSpace(layers.Layer):
    """Rearrange channels into space (Shi et al. 1609.05158, eq. 4): (B, h, w, r^2 C) -> (B, r h, r w, C)."""

    def __init__(self, factor: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, x: Any) -> Any:
        return ops.depth_to_space(x, self.factor, data_format="channels_last")

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        batch, height, width, channels = shape
        r = self.factor
        return (batch, height and height * r, width and width * r, channels // r**2)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"factor": self.factor}


def keys_kernel(distance: np.ndarray) -> np.ndarray:
    """The cubic convolution kernel with a = -1/2 (Keys 1981, eq. 15) at distances in pixels."""
    d = np.abs(distance)
    near = 1.5 * d**3 - 2.5 * d**2 + 1
    far = -0.5 * d**3 + 2.5 * d**2 - 4 * d + 2
    return np.where(d <= 1, near, np.where(d < 2, far, 0.0))


def _mirrored(length: Any) -> Any:
    """Indices -2 to length + 1 with the borders mirrored, for any length from 1 up."""
    index = ops.mod(ops.arange(-2, length + 2), 2 * length)
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
        centre = (np.arange(factor) + 0.5) / factor - 0.5  # of each sub-pixel, from the centre of its LR pixel
        self.taps = keys_kernel(np.arange(-2, 3)[:, None] - centre[None, :]).astype("float32")  # (5, r)

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
class ReferenceBatch(layers.Layer):
    """Holds the reference batch of virtual batch normalisation and, in training, puts it before the batch.

    Every VirtualBatchNormalization that follows splits it off again to take its statistics, and a WithoutReference
    at the end drops it: (B, H, W, C) -> (N + B, H, W, C) in training, unchanged in inference.

    Args:
        shape: (N, H, W, C) of the reference batch; H and W are the training crop's.
    """

    def __init__(self, shape: tuple[int, int, int, int], **kwargs: Any):
        super().__init__(**kwargs)
        self.shape = tuple(shape)

    def build(self, _: Any) -> None:
        self.images = self.add_weight(name="images", shape=self.shape, initializer="zeros", trainable=False)

    def call(self, x: Any, training: bool = False) -> Any:
        return ops.concatenate([ops.cast(self.images, x.dtype), x], axis=0) if training else x

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"shape": self.shape}


@keras.saving.register_keras_serializable("srgan")
class WithoutReference(layers.Layer):
    """Drops the first `count` samples, the reference batch's, in training: (N + B, ...) -> (B, ...)."""

    def __init__(self, count: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.count = count

    def call(self, x: Any, training: bool = False) -> Any:
        return x[self.count :] if training else x

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"count": self.count}


@keras.saving.register_keras_serializable("srgan")
class VirtualBatchNormalization(layers.Layer):
    """Virtual batch normalisation (Salimans et al. 1606.03498, section 3.5), over (B, H, W, C) per channel.

    A sample is normalised with the statistics of the reference batch *and itself*: those of the reference weigh
    N / (N + 1), its own 1 / (N + 1). The reference batch is normalised with its own. So no sample sees another
    of its batch. In training the first N samples are the reference (see ReferenceBatch) and gradients flow
    through its statistics; they are kept as weights, so that inference needs no reference pass and takes any
    image size.

    Args:
        count: N, samples in the reference batch.
    """

    def __init__(self, count: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.count = count

    def build(self, shape: tuple[int | None, ...]) -> None:
        channels = (shape[-1],)
        self.gamma = self.add_weight(name="gamma", shape=channels, initializer="ones")
        self.beta = self.add_weight(name="beta", shape=channels, initializer="zeros")
        self.reference_mean = self.add_weight(
            name="reference_mean", shape=channels, initializer="zeros", trainable=False, aggregation="mean"
        )
        self.reference_variance = self.add_weight(
            name="reference_variance", shape=channels, initializer="ones", trainable=False, aggregation="mean"
        )

    def call(self, x: Any, training: bool = False) -> Any:
        compute = x.dtype
        x = ops.cast(x, "float32")  # statistics of bfloat16 activations need more digits than bfloat16 has
        if not training:
            normalised = self._with_reference(x, self.reference_mean, self.reference_variance)
            return ops.cast(normalised * self.gamma + self.beta, compute)
        reference, x = x[: self.count], x[self.count :]
        mean, variance = ops.moments(reference, axes=[0, 1, 2])  # (C,)
        self.reference_mean.assign(mean)
        self.reference_variance.assign(variance)
        reference = (reference - mean) * ops.rsqrt(variance + EPSILON)
        normalised = ops.concatenate([reference, self._with_reference(x, mean, variance)], axis=0)
        return ops.cast(normalised * self.gamma + self.beta, compute)

    def _with_reference(self, x: Any, reference_mean: Any, reference_variance: Any) -> Any:
        n = self.count
        own_mean, own_variance = ops.moments(x, axes=[1, 2], keepdims=True)  # (B, 1, 1, C)
        mean = (n * reference_mean + own_mean) / (n + 1)
        # The variance of the mixture, from the two variances about its mean: no difference of large squares.
        variance = (
            n * (reference_variance + ops.square(reference_mean - mean)) + (own_variance + ops.square(own_mean - mean))
        ) / (n + 1)
        return (x - mean) * ops.rsqrt(variance + EPSILON)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"count": self.count}


def normalisation(
    kind: str, *, name: str, dtype: str, reference_size: int = 0, synchronized: bool = False
) -> layers.Layer:
    """The normalisation layer of a network.

    Args:
        kind: `batch` (Ioffe & Szegedy 1502.03167); `virtual`; `layer`: over all features of a sample, scaled per
            channel (Ba et al. 1607.06450, as in Gulrajani et al. 1704.00028); `none`.
        name: the layer's name.
        dtype: the layer's precision policy.
        reference_size: samples in the reference batch, for `virtual`.
        synchronized: share batch statistics over replicas, for `batch`.
    """
    match kind:
        case "batch":
            return layers.BatchNormalization(epsilon=EPSILON, synchronized=synchronized, name=name, dtype=dtype)
        case "virtual":
            return VirtualBatchNormalization(reference_size, name=name, dtype=dtype)
        case "layer":
            return layers.GroupNormalization(groups=1, epsilon=EPSILON, name=name, dtype=dtype)
        case "none":
            return layers.Identity(name=name, dtype=dtype)
    raise ValueError(f"no normalisation {kind!r}")
