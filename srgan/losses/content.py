"""Content losses: how far SR is from HR, pixel by pixel or in the features of a VGG network."""

from __future__ import annotations

from pathlib import Path

import keras
import tensorflow as tf

from srgan.losses import pixel
from srgan.losses.pixel import ContentLoss
from srgan.losses.replicas import mean_over_replicas
from srgan.models.vgg import build_vgg, unit_length
from srgan.models.vgg_layers import layer_of
from srgan.params import Features, values

PAPER_SCALE = 1 / 12.75  # "to obtain VGG losses of a scale that is comparable to the MSE loss" (Ledig et al., 3.2)
PAPER = Features(
    network="vgg19", layers={"block5_conv4": 1.0}, activation="after", distance="l2", normalise="none"
)  # VGG54
PIXEL_LOSSES: dict[str, ContentLoss] = {name: getattr(pixel, name) for name in values.PIXEL_LOSSES}


def content_loss(name: str, features: Features, weights: dict[str, Path], dtype: str) -> ContentLoss:
    """The content loss that a stage's settings name.

    Args:
        name: `mse`, `l1`, `vgg<block><convolution>`, or `features`.
        features: the settings of the loss `features`.
        weights: network, `vgg19` or `vgg16` -> the file of its weights.
        dtype: precision policy of the VGG network.

    Raises:
        UserError: the file of weights cannot be read, or lacks a layer that is needed.
    """
    if name in PIXEL_LOSSES:
        return PIXEL_LOSSES[name]
    if name != "features":
        features = PAPER.model_copy(update={"layers": {layer_of(name): 1.0}})
    vgg = build_vgg(
        weights[features.network],
        list(features.layers),
        network=features.network,
        before_activation=features.activation == "before",
        dtype=dtype,
    )
    return feature_loss(vgg, features)


def feature_loss(vgg: keras.Model, settings: Features) -> ContentLoss:
    """The weighted sum of the distances of HR's and SR's features in several layers of a network.

    With one layer, `distance: l2` and `normalise: none` it is eq. 5 of the paper: the squared difference of features,
    averaged over positions *and channels*, that is times 1 / (W H C) as in the original project. Eq. 5 does not say how
    channels are combined; with a sum, a layer with more channels would weigh more. The paper scales the features so
    that the loss is comparable to the MSE. This holds for VGG54, whose features are small, but not for VGG22: with
    ImageNet weights the loss of a blurred photograph is about ten thousand times its MSE.

    Args:
        vgg: image (B, H, W, 3) in [-1, 1] -> {layer: features (B, H', W', C)}, as build_vgg makes it.
        settings: which layers are compared, and how.
    """
    error = tf.abs if settings.distance == "l1" else tf.square

    def of_unit_length(hr: tf.Tensor, sr: tf.Tensor) -> tf.Tensor:
        # Zhang et al. 1801.03924, eq. 1 with w = 1: summed over channels, averaged over positions.
        return tf.reduce_mean(tf.reduce_sum(error(unit_length(hr) - unit_length(sr)), axis=-1))

    def by_mean(hr: tf.Tensor, sr: tf.Tensor) -> tf.Tensor:
        return tf.reduce_mean(error((hr - sr) / mean_over_replicas(tf.abs(hr))))

    def as_the_paper(hr: tf.Tensor, sr: tf.Tensor) -> tf.Tensor:
        return tf.reduce_mean(error(PAPER_SCALE * (hr - sr)))

    layer_loss = {"unit": of_unit_length, "mean": by_mean, "none": as_the_paper}[settings.normalise]

    def loss(hr: tf.Tensor, sr: tf.Tensor) -> tf.Tensor:
        # Two passes: in one pass over both, the zero gradients of HR would cost as much as the gradients of SR.
        targets, found = vgg(hr, training=False), vgg(sr, training=False)
        return tf.add_n(
            [
                weight * layer_loss(tf.stop_gradient(targets[layer]), found[layer])
                for layer, weight in settings.layers.items()
            ]
        )

    return loss
