"""The normalisations: batch, in its fused form; virtual batch, which Keras does not have; layer; or none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from srgan.models.architecture import EPSILON


@keras.saving.register_keras_serializable("srgan")
class BatchNormalization(layers.BatchNormalization):
    """Keras' batch normalisation (Ioffe & Szegedy 1502.03167) with TensorFlow's fused kernel in training.

    Over (B, H, W, C). Keras composes it of single operations, which take three times as long. They are used only if
    several devices share their statistics (`synchronized`).

    Attributes:
        population: also in training, normalise with the moving statistics and leave them as they are; a step that was
            traced before a change keeps the earlier value.
    """

    population = False

    def call(self, x: Any, training: bool = False) -> Any:
        if training and self.population:
            statistics = {"mean": self.moving_mean, "variance": self.moving_variance}
            return self._fused(x, is_training=False, **statistics)[0]
        if not training or self.synchronized:
            return super().call(x, training=training)
        normalised, mean, variance = self._fused(x, is_training=True)
        # The kernel's variance is that of the population; the moving one is of the batch, as in Keras.
        count = ops.cast(ops.size(x) // x.shape[-1], "float32")
        variance *= (count - 1.0) / count
        for moving, now in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + now * (1.0 - self.momentum))
        return normalised

    def _fused(self, x: Any, **options: Any) -> tuple[Any, Any, Any]:
        return tf.compat.v1.nn.fused_batch_norm(x, self.gamma, self.beta, epsilon=self.epsilon, **options)


def use_population_statistics(network: keras.Model) -> None:
    """Make batch normalisation use its moving statistics from now on, also in training (Wang et al. 2205.05671, RepSR).

    A generator that normalises with the statistics of a batch learns to rely on them, but is used without them. Then
    colours shift, and artefacts appear that the discriminator has never seen. Without a call of
    srgan.models.folding.fold_in_place before this, a learning rate of 1e-4 made a run diverge within 12 iterations.
    """
    for layer in network.layers:
        if isinstance(layer, BatchNormalization):
            layer.population = True


@keras.saving.register_keras_serializable("srgan")
class ReferenceBatch(layers.Layer):
    """Holds the reference batch of virtual batch normalisation and, in training, puts it before the batch.

    Every VirtualBatchNormalization that follows splits it off again to take its statistics, and a WithoutReference
    at the end drops it: (B, H, W, C) -> (N + B, H, W, C) in training, unchanged in inference.

    Args:
        shape: (N, H, W, C) of the reference batch; H and W are the training crop's.
    """

    def __init__(self, shape: Sequence[int], **kwargs: Any):
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
    N / (N + 1), its own 1 / (N + 1). The reference batch is normalised with its own. So no sample depends on
    another of its batch. In training the first N samples are the reference (see ReferenceBatch) and gradients flow
    through its statistics; they are kept as weights, so that inference needs no reference pass and takes any
    image size.

    Args:
        count: N, samples in the reference batch.
    """

    def __init__(self, count: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.count = count

    def build(self, shape: tuple[int | None, ...]) -> None:
        def weight(name: str, initializer: str, trainable: bool = True) -> Any:
            # In float32 under every precision, as the statistics are: see call.
            return self.add_weight(
                name=name, shape=(shape[-1],), initializer=initializer, trainable=trainable, autocast=False
            )

        self.gamma, self.beta = weight("gamma", "ones"), weight("beta", "zeros")
        self.reference_mean = weight("reference_mean", "zeros", trainable=False)
        self.reference_variance = weight("reference_variance", "ones", trainable=False)

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
            channel (Ba et al. 1607.06450, as in Gulrajani et al. 1704.00028); `none`; `spectral`: no layer here,
            because the kernel before it is normalised.
        name: the layer's name.
        dtype: the layer's precision policy.
        reference_size: samples in the reference batch, for `virtual`.
        synchronized: share batch statistics over replicas, for `batch`.
    """
    match kind:
        case "batch":
            return BatchNormalization(epsilon=EPSILON, synchronized=synchronized, name=name, dtype=dtype)
        case "virtual":
            return VirtualBatchNormalization(reference_size, name=name, dtype=dtype)
        case "layer":
            return layers.GroupNormalization(groups=1, epsilon=EPSILON, name=name, dtype=dtype)
        case "none" | "spectral":
            return layers.Identity(name=name, dtype=dtype)
    raise ValueError(f"no normalisation {kind!r}")


def set_reference(network: keras.Model, images: np.ndarray) -> None:
    """Fix the reference batch of a network with virtual batch normalisation, in the network's input range.

    Args:
        network: a generator or discriminator; one without virtual batch normalisation is left as it is.
        images: (N, H, W, 3), at least as many as the reference batch holds; the first N are taken.
    """
    for layer in network.layers:
        if isinstance(layer, ReferenceBatch):
            layer.images.assign(images[: layer.shape[0]])
            refresh_reference(network)


def refresh_reference(network: keras.Model) -> None:
    """Compute the statistics of the reference batch again, with the current weights of the network.

    A training step leaves the statistics of its forward pass, from before its update. So this is called before a
    generator is measured or saved. A network without virtual batch normalisation is left as it is.
    """
    for layer in network.layers:
        if isinstance(layer, ReferenceBatch):
            # Any one image will do: in training the layer puts the reference batch before it.
            network(layer.images[:1], training=True)
