"""Fold batch normalisation into the convolutions before it, which saves one pass over memory.

A convolution followed by a scale and an offset of each channel equals a convolution with a bias.
srgan.inference.folding does the same with the arrays of a network, without Keras.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
from keras import layers

from srgan.models.normalisation import BatchNormalization


def norms_after(network: keras.Model) -> dict[str, BatchNormalization]:
    """Find each batch normalisation after a convolution without bias, by the name of the convolution."""
    made_by = {id(layer.output): layer.name for layer in network.layers}
    return {made_by[id(layer.input)]: layer for layer in network.layers if isinstance(layer, BatchNormalization)}


def scale_and_offset(norm: BatchNormalization) -> tuple[tf.Tensor, tf.Tensor]:
    """The factors and the offsets of a normalisation in inference, (C,) each."""
    scale = norm.gamma * tf.math.rsqrt(norm.moving_variance + norm.epsilon)
    return scale, norm.beta - norm.moving_mean * scale


class Folded:
    """A network as it is in inference, its batch normalisations part of the convolutions they follow.

    The kernels are computed again at every call, so the weights can still be trained.

    Args:
        network: whose layers with weights are convolutions, activations, and batch normalisations right after a
            convolution without bias; with other normalisations it is called as it is.
    """

    def __init__(self, network: keras.Model):
        self.network, self.norms = network, norms_after(network)

        def without_norm(layer: layers.Layer) -> layers.Layer:
            if isinstance(layer, BatchNormalization):
                return layers.Identity(name=layer.name, dtype=layer.dtype_policy)
            bias = {"use_bias": True} if layer.name in self.norms else {}
            return type(layer).from_config(layer.get_config() | bias)

        def with_inputs_alone(layer: layers.Layer, *inputs: Any, **_: Any) -> Any:
            return layer(*inputs)  # without the mask that Keras passed to its normalisation

        self.plain = None
        if self.norms:
            self.plain = keras.models.clone_model(network, clone_function=without_norm, call_function=with_inputs_alone)

    def __call__(self, x: tf.Tensor) -> Any:
        """The network's output in inference."""
        if self.plain is None:
            return self.network(x, training=False)
        weights = [value for layer in self.plain.layers for value in self._weights(layer.name)]
        return self.plain.stateless_call(weights, [], x, training=False)[0]

    def _weights(self, name: str) -> list[Any]:
        """The current weights of a layer of `plain`."""
        layer = self.network.get_layer(name)
        if name in self.norms:
            scale, offset = scale_and_offset(self.norms[name])
            return [layer.kernel * scale, offset]
        return [] if isinstance(layer, BatchNormalization) else [v.value for v in layer.trainable_variables]


def fold_in_place(network: keras.Model) -> list[tuple[keras.Variable, tf.Tensor]]:
    """Fold each batch normalisation into the convolution before it; then its factor is 1 and can still be trained.

    In inference the network is the same function as before, but it trains better: without folding, a kernel whose
    outputs are divided by a small deviation is small itself, and a step of Adam, which has one size for all weights,
    changes it too much.

    Returns:
        Each folded kernel and its factors: (C,), one for each output channel.
    """
    factors = []
    for name, norm in norms_after(network).items():
        scale, offset = scale_and_offset(norm)
        kernel = network.get_layer(name).kernel
        kernel.assign(kernel * scale)
        norm.beta.assign(offset)
        norm.gamma.assign(tf.ones_like(scale))
        norm.moving_mean.assign(tf.zeros_like(scale))
        norm.moving_variance.assign(tf.fill(scale.shape, 1.0 - norm.epsilon))
        factors.append((kernel, scale))
    return factors
