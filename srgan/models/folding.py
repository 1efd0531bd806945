"""Batch normalisation folded into the convolutions before it: the same function, in one pass over memory less.

A convolution and a scale and offset for each channel are a convolution with a bias. srgan.inference.folding does the
same with a network's arrays, where there is no Keras.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
from keras import layers

from srgan.models.normalisation import BatchNormalization


def norms_after(network: keras.Model) -> dict[str, BatchNormalization]:
    """Each batch normalisation by the name of the convolution, without bias, that it follows."""
    made_by = {id(layer.output): layer.name for layer in network.layers}
    return {made_by[id(layer.input)]: layer for layer in network.layers if isinstance(layer, BatchNormalization)}


def scale_and_offset(norm: BatchNormalization) -> tuple[tf.Tensor, tf.Tensor]:
    """What a normalisation multiplies each channel by and adds to it in inference, (C,) each."""
    scale = norm.gamma * tf.math.rsqrt(norm.moving_variance + norm.epsilon)
    return scale, norm.beta - norm.moving_mean * scale


class Folded:
    """A network as it is in inference, its batch normalisations part of the convolutions they follow.

    The kernels are computed anew at every call, so that the weights can go on being trained.

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
            return layer(*inputs)  # Keras' own normalisation was called with a mask, which nothing here has

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
        """What the weights of a layer of `plain` are now."""
        layer = self.network.get_layer(name)
        if name in self.norms:
            scale, offset = scale_and_offset(self.norms[name])
            return [layer.kernel * scale, offset]
        return [] if isinstance(layer, BatchNormalization) else [v.value for v in layer.trainable_variables]


def fold_in_place(network: keras.Model) -> list[tuple[keras.Variable, tf.Tensor]]:
    """Move each batch normalisation into the convolution before it; its offset is all that it still does.

    In inference the network is the same function afterwards. But scale and variance no longer stand between a kernel
    and what it does: a kernel whose outputs were divided by a small deviation was small itself, and a step of Adam,
    which has one size for all weights, would throw it far.

    Returns:
        Each folded kernel and what it was multiplied by: (C,), one factor for each output channel.
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
