"""Losses and their gradients written out from the papers, and an optimizer's gradients to compare them with."""

import keras
import numpy as np
import tensorflow as tf

from srgan.losses.pixel import consistency_loss, grid_loss, halo_loss
from srgan.losses.spectrum import spectrum_loss

SEED = 7
SIDE, SCALE, LIMIT = 32, 4, 16
CONTENT, PIXEL, VARIATION, GRID, CONSISTENCY, HALO, SPECTRUM, ADVERSARIAL = 0.7, 0.4, 0.3, 0.2, 0.5, 0.9, 0.8, 0.6
EVERY_TERM = {
    "content_weight": CONTENT,
    "pixel_loss": "l1",
    "pixel_weight": PIXEL,
    "total_variation": VARIATION,
    "grid_weight": GRID,
    "consistency_weight": CONSISTENCY,
    "halo_weight": HALO,
    "spectrum_weight": SPECTRUM,
    "content": "features",
    "shift": LIMIT,
    "ema": 0.0,
}
AGAINST = {"adversarial_weight": ADVERSARIAL}


def copy(network):
    """A network of its own with the same weights."""
    other = keras.models.clone_model(network)
    other.set_weights(network.get_weights())
    return other


def record(optimizer):
    """Let an optimizer keep the gradients that it is given, by the weights' paths, and change nothing."""
    found = {}

    def apply(gradients, weights):
        found.update({weight.path: gradient for gradient, weight in zip(gradients, weights, strict=True)})

    optimizer.apply = apply
    return found


def assert_same(found, gradients, network, rtol=2e-4):
    """Compare the gradients that were recorded with those of a formula, in the order of the network's weights."""
    assert set(found) == {weight.path for weight in network.trainable_variables}
    largest = max(float(np.abs(gradient).max()) for gradient in gradients)
    for weight, gradient in zip(network.trainable_variables, gradients, strict=True):
        expected = np.asarray(gradient)
        size = max(float(np.abs(expected).max()), largest / 100)  # one that is 0 by the formula is a rounding error
        np.testing.assert_allclose(found[weight.path], expected, rtol=rtol, atol=rtol * size, err_msg=weight.path)


def content(hr, sr):
    """A content loss that is none of the recipe's own terms, and minds where a pixel is, as VGG's poolings do."""
    place = tf.range(SIDE, dtype=tf.float32)[None, :, None, None] / SIDE
    return tf.reduce_mean(place * tf.abs(hr - sr) ** 3)


def own_terms(batch, sr):
    """The generator's loss without its adversary."""
    error = batch.hr - sr
    down, across = tf.abs(sr[:, 1:] - sr[:, :-1]), tf.abs(sr[:, :, 1:] - sr[:, :, :-1])
    return (
        CONTENT * content(moved(batch.hr), moved(sr))
        + PIXEL * tf.reduce_mean(tf.abs(error))
        + VARIATION * (tf.reduce_mean(down) + tf.reduce_mean(across))
        + GRID * grid_loss(batch.hr, sr, SCALE)
        + CONSISTENCY * consistency_loss(batch.hr, sr, SCALE)
        + HALO * halo_loss(batch.hr, sr, SCALE)
        + SPECTRUM * spectrum_loss(batch.hr, sr)
    )


def moved(images):
    """Images as VGG and the adversary see them in the first step: rolled down and right, the same for HR and SR."""
    shift = tf.random.stateless_uniform([2], [0, SEED], 0, LIMIT, tf.int32)
    assert np.any(shift.numpy())
    return tf.roll(images, shift, axis=[1, 2])


def cross_entropy(logits, label):
    """-(y log p + (1 - y) log(1 - p)) of p = sigmoid(logits)."""
    return -tf.reduce_mean(label * tf.math.log_sigmoid(logits) + (1 - label) * tf.math.log_sigmoid(-logits))


def generator_gradients(network, batch, adversary=None, balanced=False):
    """The gradient of own terms + ADVERSARIAL x adversary; balanced, with the adversary's part at SR made so long."""
    with tf.GradientTape(persistent=True) as tape:
        sr = network(batch.lr, training=True)
        own = own_terms(batch, sr)
        against = adversary(sr) if adversary else tf.constant(0.0)
    weight = ADVERSARIAL if adversary else 0.0
    if balanced:
        weight *= tf.norm(tape.gradient(own, sr)) / tf.norm(tape.gradient(against, sr))
    with tf.GradientTape() as tape:
        sr = network(batch.lr, training=True)
        loss = own_terms(batch, sr) + (weight * adversary(sr) if adversary else 0.0)
    return tape.gradient(loss, network.trainable_variables)
