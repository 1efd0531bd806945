"""Convolutions and dense layers whose kernel is divided by its spectral norm (Miyato et al. 1802.05957)."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
from keras import layers, ops

EPSILON = 1e-12  # added to lengths


class _SpectralNorm(layers.Layer):
    """Divides a layer's kernel by its largest singular value, as a matrix (inputs, outputs).

    Keras' SpectralNormalization writes the quotient over the kernel, and no gradient flows through the norm.

    The singular value is u W v with the vectors u and v of a power iteration, which makes one step in each training
    call and keeps v between calls (their algorithm 1). The gradient also flows through u W v, with u and v held fixed
    (their eq. 12), not only through the kernel that is divided.
    """

    def build(self, shape: tuple[int | None, ...]) -> None:
        super().build(shape)
        self.right = self.add_weight(  # v, (outputs,)
            name="right",
            shape=(self.kernel.shape[-1],),
            initializer=keras.initializers.RandomNormal(1.0),
            trainable=False,
            autocast=False,
            aggregation="only_first_replica",  # it is a function of the kernel, so it is the same on every replica
        )

    def save_own_variables(self, store: Any) -> None:
        """Keep the vector of the power iteration too: Keras' own layers write the kernel and the bias only."""
        layers.Layer.save_own_variables(self, store)

    def load_own_variables(self, store: Any) -> None:
        """Read what save_own_variables has written."""
        layers.Layer.load_own_variables(self, store)

    def normalised_kernel(self, training: bool) -> Any:
        """The kernel divided by its spectral norm, in float32, with the kernel's shape."""
        kernel = ops.cast(self.kernel, "float32")
        matrix = tf.reshape(kernel, [-1, kernel.shape[-1]])  # (inputs, outputs)
        fixed = tf.stop_gradient(matrix)
        left = _unit(tf.linalg.matvec(fixed, self.right.value))  # u, (inputs,)
        right = _unit(tf.linalg.matvec(fixed, left, transpose_a=True))  # v, (outputs,)
        if training:
            self.right.assign(right)
        norm = tf.tensordot(left, tf.linalg.matvec(matrix, right), 1)
        return kernel / norm


@keras.saving.register_keras_serializable("srgan")
class SpectralConv2D(_SpectralNorm, layers.Conv2D):
    """A convolution with a kernel of spectral norm 1."""

    def call(self, x: Any, training: bool = False) -> Any:
        y = self.convolution_op(x, ops.cast(self.normalised_kernel(training), x.dtype))
        return y + ops.cast(self.bias, y.dtype) if self.use_bias else y


@keras.saving.register_keras_serializable("srgan")
class SpectralDense(_SpectralNorm, layers.Dense):
    """A dense layer with a kernel of spectral norm 1."""

    def call(self, x: Any, training: bool = False) -> Any:
        y = ops.matmul(x, ops.cast(self.normalised_kernel(training), x.dtype))
        return y + ops.cast(self.bias, y.dtype) if self.use_bias else y


def _unit(vector: tf.Tensor) -> tf.Tensor:
    return vector / (tf.norm(vector) + EPSILON)
