"""Batch normalisation folded into the convolutions before it: the same function, in one pass over memory less."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
from keras import layers


class Folded:
    """A network as it is in inference, its batch normalisations part of the convolutions they follow.

    A convolution and a scale and offset for each channel are a convolution with a bias. The kernels are computed
    anew at every call, so that the weights can go on being trained.

    Args:
        network: whose layers with weights are convolutions, activations, and batch normalisations right after a
            convolution without bias; with other normalisations it is called as it is.
    """

    def __init__(self, network: keras.Model):
        self.network = network
        made_by = {id(layer.output): layer for layer in network.layers}
        norms = [layer for layer in network.layers if isinstance(layer, layers.BatchNormalization)]
        self.norm_after = {made_by[id(norm.input)].name: norm for norm in norms}

        def without_norm(layer: layers.Layer) -> layers.Layer:
            if layer in norms:
                return layers.Identity(name=layer.name, dtype=layer.dtype_policy)
            bias = {"use_bias": True} if layer.name in self.norm_after else {}
            return type(layer).from_config(layer.get_config() | bias)

        def with_inputs_alone(layer: layers.Layer, *inputs: Any, **_: Any) -> Any:
            return layer(*inputs)  # Keras' own normalisation was called with a mask, which nothing here has

        self.plain = None
        if norms:
            self.plain = keras.models.clone_model(network, clone_function=without_norm, call_function=with_inputs_alone)

    def __call__(self, x: tf.Tensor) -> Any:
        """The network's output in inference."""
        if self.plain is None:
            return self.network(x, training=False)
        weights = [value for layer in self.plain.layers for value in self._weights(layer.name)]
        return self.plain.stateless_call(weights, [], x, training=False)[0]

    def _weights(self, name: str) -> list[Any]:
        """What the weights of a layer of `plain` are now."""
        layer, norm = self.network.get_layer(name), self.norm_after.get(name)
        if norm is None:
            return [] if isinstance(layer, layers.BatchNormalization) else [v.value for v in layer.trainable_variables]
        scale = norm.gamma * tf.math.rsqrt(norm.moving_variance + norm.epsilon)  # (C,)
        return [layer.kernel * scale, norm.beta - norm.moving_mean * scale]
