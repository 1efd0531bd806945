"""Networks of a few weights, and batches for them, in which a training step takes no time."""

import keras
import numpy as np
import tensorflow as tf

from srgan.data.batches import Batch
from srgan.models.discriminator import build_discriminator
from srgan.models.generator import build_generator


def generator(**changes):
    """A generator with the same weights at every call."""
    keras.utils.set_random_seed(0)
    return build_generator(**{"scale": 4, "blocks": 1, "filters": 8, "norm": "batch", "skip": "bicubic"} | changes)


def discriminator(**changes):
    """A discriminator or critic, likewise."""
    keras.utils.set_random_seed(1)
    options = {"filters": 4, "norm": "batch", "head": "dense", "units": 16, "crop": 32}
    return build_discriminator(**options | changes)


def batches(seed=0):
    """Four crops of 32 x 32 without detail, again and again others."""
    rng = np.random.default_rng(seed)
    while True:
        hr = tf.constant(np.repeat(np.repeat(rng.uniform(-1, 1, (4, 8, 8, 3)), 4, 1), 4, 2).astype("float32"))
        yield Batch(lr=(hr[:, ::4, ::4] + 1) / 2, hr=hr)


def trained(network):
    """What training may move of a network; statistics, which any forward pass moves, are not among it."""
    return [weight.numpy().copy() for weight in network.trainable_weights]


def changed(before, network):
    """Whether it has moved any of it."""
    return any((old != new.numpy()).any() for old, new in zip(before, network.trainable_weights, strict=True))
