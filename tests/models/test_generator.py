"""The generator against the paper, layer by layer."""

import keras
import numpy as np
import pytest

from srgan.data.images import from_signed, to_unit
from srgan.data.resize import enlarge
from srgan.models.generator import build_generator
from srgan.models.normalisation import refresh_reference, set_reference

SMALL = {"scale": 4, "blocks": 2, "filters": 8, "norm": "batch", "skip": "none"}


def random_lr(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def test_the_paper_s_network_layer_by_layer():
    """Ledig et al., figure 4: k9n64s1, 16 x (k3n64s1, BN, PReLU, k3n64s1, BN, sum), k3n64s1, BN, sum, 2 x k3n256s1."""
    network = build_generator(scale=4, blocks=16, filters=64, norm="batch", skip="none")
    assert network.count_params() == 1_552_771
    convolutions = [layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D)]
    shapes = [(layer.kernel_size[0], layer.filters, layer.strides[0]) for layer in convolutions]
    assert shapes == [(9, 64, 1)] + 33 * [(3, 64, 1)] + 2 * [(3, 256, 1)] + [(9, 3, 1)]
    kinds = [type(layer).__name__ for layer in network.layers]
    block = ["Conv2D", "BatchNormalization", "PReLU", "Conv2D", "BatchNormalization", "Add"]
    up = ["Conv2D", "DepthToSpace", "PReLU"]
    assert kinds == [
        "InputLayer",
        "Conv2D",
        "PReLU",
        *16 * block,
        "Conv2D",
        "BatchNormalization",
        "Add",
        *2 * up,
        "NarrowConv2D",
    ]
    for layer in network.layers:
        if isinstance(layer, keras.layers.PReLU):
            assert layer.alpha.shape == (1, 1, 64)  # shared over space


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_scales_change_the_network_and_any_size_is_taken(scale):
    network = build_generator(**SMALL | {"scale": scale})
    for height, width in [(1, 1), (5, 12)]:
        lr = np.zeros((1, height, width, 3), "float32")
        assert network(lr, training=False).shape == (1, scale * height, scale * width, 3)


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_with_the_bicubic_skip_an_untrained_network_is_bicubic(scale):
    network = build_generator(**SMALL | {"skip": "bicubic", "scale": scale})
    lr = random_lr(13, 9, 3)
    sr = from_signed(network(to_unit(lr)[None], training=False)[0].numpy())
    assert np.abs(sr.astype(int) - enlarge(lr, scale)).max() <= 1


def test_no_checkerboard_after_initialisation():
    """Energy at the period-2 frequencies is no higher than in the nearest-neighbour enlargement."""
    keras.utils.set_random_seed(3)
    network = build_generator(scale=2, blocks=1, filters=16, norm="none", skip="none")
    up = keras.Model(network.input, network.get_layer("upsample1").output)
    features = up(random_lr(1, 16, 16, 3).astype("float32") / 255, training=False).numpy()[0]  # (32, 32, 16)
    nearest = np.repeat(np.repeat(features[::2, ::2], 2, axis=0), 2, axis=1)

    def period_two(x):
        spectrum = np.abs(np.fft.fft2(x, axes=(0, 1))) ** 2
        return spectrum[16].sum() + spectrum[:, 16].sum()

    assert period_two(features) <= period_two(nearest) * (1 + 1e-6) + 1e-6
    shuffled = np.random.default_rng(0).normal(size=features.shape) * features.std()
    assert period_two(shuffled) > 10 * (period_two(nearest) + 1e-9)  # the measure sees a checkerboard


@pytest.mark.parametrize("norm", ["batch", "virtual", "layer", "none"])
def test_statistics_move_in_training_only(norm):
    network = build_generator(**SMALL | {"norm": norm, "reference": (3, 6, 6, 3) if norm == "virtual" else None})
    lr = random_lr(4, 6, 6, 3).astype("float32") / 255
    set_reference(network, lr)
    before = [w.numpy() for w in network.non_trainable_variables]
    network(lr, training=False)
    for old, new in zip(before, network.non_trainable_variables, strict=True):
        np.testing.assert_array_equal(old, new.numpy())
    for weight in network.trainable_variables:
        weight.assign(weight + 0.01)
    network(lr, training=True)
    moved = any((old != new.numpy()).any() for old, new in zip(before, network.non_trainable_variables, strict=True))
    assert moved == (norm in ("batch", "virtual"))


@pytest.mark.parametrize("norm", ["batch", "virtual", "layer", "none"])
def test_inference_of_a_picture_does_not_depend_on_its_neighbours(norm):
    network = build_generator(**SMALL | {"norm": norm, "reference": (3, 6, 6, 3) if norm == "virtual" else None})
    lr = random_lr(5, 6, 6, 3).astype("float32") / 255
    set_reference(network, lr)
    together = network(lr, training=False).numpy()
    for i in range(5):
        alone = network(lr[i : i + 1], training=False).numpy()[0]
        np.testing.assert_array_equal(from_signed(alone), from_signed(together[i]))


def test_with_virtual_batch_normalisation_no_sample_sees_another_in_training_either():
    network = build_generator(**SMALL | {"norm": "virtual", "reference": (3, 6, 6, 3)})
    lr = random_lr(5, 6, 6, 3).astype("float32") / 255
    set_reference(network, lr)
    together = network(lr, training=True).numpy()
    alone = network(lr[2:3], training=True).numpy()[0]
    np.testing.assert_allclose(alone, together[2], atol=1e-5)


def virtual(lr):
    """A network with virtual batch normalisation and random weights, whose reference batch has been set."""
    keras.utils.set_random_seed(4)
    network = build_generator(**SMALL | {"norm": "virtual", "reference": (3, 6, 6, 3)})
    set_reference(network, lr)
    return network


def test_refreshing_takes_the_reference_s_statistics_with_the_weights_of_now():
    """What inference gives is then what training gives, which has taken them just now; before, it was not."""
    lr = random_lr(4, 6, 6, 3).astype("float32") / 255
    network, trained = virtual(lr), virtual(lr)
    for weight, other in zip(network.trainable_variables, trained.trainable_variables, strict=True):
        weight.assign(weight * 1.3 + 0.01)
        other.assign(weight)
    expected = trained(lr[3:], training=True).numpy()
    assert np.abs(network(lr[3:], training=False).numpy() - expected).max() > 1e-2
    refresh_reference(network)
    np.testing.assert_allclose(network(lr[3:], training=False).numpy(), expected, atol=1e-5)


def test_prelus_start_at_a_quarter():
    """He et al. 1502.01852, section 2.1, whom the paper follows; at 0 they would be ReLUs."""
    network = build_generator(**SMALL)
    prelus = [layer for layer in network.layers if isinstance(layer, keras.layers.PReLU)]
    assert len(prelus) == 1 + SMALL["blocks"] + 2  # the first features', one a block, one an upsampling
    for layer in prelus:
        np.testing.assert_array_equal(layer.alpha, 0.25)
