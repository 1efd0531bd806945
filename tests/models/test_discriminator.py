"""The discriminator against the paper."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from srgan.models.discriminator import build_discriminator
from srgan.models.normalisation import set_reference


def test_the_paper_s_network_layer_by_layer():
    """Ledig et al., figure 4: eight convolutions, 1024, 1, LeakyReLU 0.2; no sigmoid, no pooling."""
    network = build_discriminator(filters=64, norm="batch", head="dense", units=1024, crop=96)
    convolutions = [layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D)]
    assert [(layer.kernel_size[0], layer.filters, layer.strides[0]) for layer in convolutions] == [
        (3, 64, 1),
        (3, 64, 2),
        (3, 128, 1),
        (3, 128, 2),
        (3, 256, 1),
        (3, 256, 2),
        (3, 512, 1),
        (3, 512, 2),
    ]
    kinds = [type(layer).__name__ for layer in network.layers]
    block = ["Conv2D", "BatchNormalization", "LeakyReLU"]
    assert kinds == ["InputLayer", "Conv2D", "LeakyReLU", *7 * block, "Flatten", "Dense", "LeakyReLU", "Dense"]
    dense = [layer for layer in network.layers if isinstance(layer, keras.layers.Dense)]
    assert [layer.units for layer in dense] == [1024, 1]
    assert dense[-1].activation is keras.activations.linear
    slopes = {layer.negative_slope for layer in network.layers if isinstance(layer, keras.layers.LeakyReLU)}
    assert [float(slope) for slope in slopes] == [pytest.approx(0.2)]


def test_the_answer_is_a_logit_not_a_probability():
    network = build_discriminator(filters=4, norm="none", head="dense", units=8, crop=32)
    network.get_layer("dense2").set_weights([np.ones((8, 1), "float32"), np.array([-7.0], "float32")])
    assert network(np.zeros((1, 32, 32, 3), "float32")).numpy()[0, 0] < 0


def test_the_pooling_head_takes_any_size():
    network = build_discriminator(filters=4, norm="batch", head="pool", units=8, crop=32)
    for height, width in [(16, 16), (33, 50)]:
        assert network(np.zeros((2, height, width, 3), "float32"), training=False).shape == (2, 1)


@pytest.mark.parametrize("norm", ["batch", "virtual", "layer", "none"])
def test_every_normalisation_learns_to_tell_two_kinds_of_images(norm):
    """After 12 steps of Adam the logits of noise lie above those of smooth images, also of images not trained on."""
    keras.utils.set_random_seed(2)
    rng = np.random.default_rng(0)

    def pairs(count):
        noise = rng.uniform(-1, 1, (count, 32, 32, 3)).astype("float32")
        return np.concatenate([noise, np.repeat(np.repeat(noise[:, ::8, ::8], 8, 1), 8, 2)])

    reference = (4, 32, 32, 3) if norm == "virtual" else None
    network = build_discriminator(filters=4, norm=norm, head="dense", units=8, crop=32, reference=reference)
    set_reference(network, pairs(2))
    optimizer = keras.optimizers.Adam(5e-3)
    labels = np.repeat([[1.0], [0.0]], 4, axis=0).astype("float32")

    @tf.function
    def step(images):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels, network(images, training=True)))
        gradients = tape.gradient(loss, network.trainable_variables)
        optimizer.apply(gradients, network.trainable_variables)
        return gradients

    gradients = step(tf.constant(pairs(4)))
    assert all(np.abs(gradient).max() > 0 for gradient in gradients)  # none is cut off
    for _ in range(11):
        step(tf.constant(pairs(4)))
    logits = network(pairs(16), training=True).numpy()[:, 0]
    assert logits[:16].min() > logits[16:].max()


def test_with_spectral_normalisation_every_layer_has_a_bias():
    """No normalisation follows whose offset would be one."""
    network = build_discriminator(filters=4, norm="spectral", head="pool", units=8, crop=32)
    assert all(
        layer.use_bias for layer in network.layers if isinstance(layer, keras.layers.Conv2D | keras.layers.Dense)
    )
