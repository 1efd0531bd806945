"""Steps compiled with XLA, which is what a GPU runs, against the plain graph."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from srgan.data.batches import Batch
from srgan.losses.content import content_loss
from srgan.models.discriminator import build_discriminator
from srgan.models.generator import build_generator
from srgan.models.normalisation import set_reference
from srgan.models.unet import build_unet
from srgan.models.vgg import MaxPool, largest_of_slices
from srgan.params import parse_params
from srgan.params.presets import compose
from srgan.recipes.adversarial import Adversarial
from srgan.recipes.pixel import Pixel
from srgan.recipes.recipe import StepOptions
from srgan.recipes.wasserstein import Wasserstein

ITERATIONS = 3
SIDE = 32
EVERY_TERM = {"pixel_weight": 0.1, "total_variation": 0.01, "grid_weight": 0.1, "ema": 0.9, "shift": 16}
EVERY_TERM |= {"consistency_weight": 0.1, "halo_weight": 0.1, "spectrum_weight": 0.1}
UNET = {"network": "unet", "norm": "spectral"}
PROJECTED = {"network": "projected", "norm": "none"}
MODERN = EVERY_TERM | {"game": "relativistic", "weighting": "balanced", "population_from": 0.0, "content": "features"}
PAIRED = MODERN | {"game": "paired", "discriminator_steps": 2, "discriminator_penalty": 0.1}
CASES = {  # name: preset, stage, settings and judge that differ
    "sample-pretrain": ("sample", "pretrain", {}, {}),
    "sample-gan": ("sample", "gan", {}, {}),
    "sample-vgg": ("sample", "vgg", {}, {}),
    # A critic without a normalisation and at its own rate makes much of a sum's last bit: see TOLERANCE.
    "sample-wgan": ("sample", "wgan", {"warmup_critic": 3, "optimizer": "adam"}, {}),
    "paper-pretrain": ("paper", "pretrain", {}, {}),
    "paper-gan": ("paper", "gan", {}, {}),
    "paper-vgg": ("paper", "vgg", {"content": "vgg12"}, {}),  # as deep as a test can wait for
    "paper-wgan": ("paper", "wgan", {"warmup_critic": 3}, {}),
    "every-term": ("sample", "pretrain", EVERY_TERM | {"pixel_loss": "l1"}, {}),
    "unet": ("sample", "gan", MODERN | {"discriminator_warmup": 2, "discriminator_penalty": 0.1}, UNET),
    "projected": ("sample", "gan", PAIRED, PROJECTED),
    "projected-wgan": ("sample", "wgan", {"warmup_critic": 3, "optimizer": "adam"}, PROJECTED),
    "virtual": ("sample", "gan", {}, {"norm": "virtual", "reference": (2, SIDE, SIDE, 3)}),
}
TOLERANCE = {"sample-wgan": 0.1, "projected-wgan": 0.1}  # relative; of the others 2e-3


def batches():
    rng = np.random.default_rng(0)
    while True:
        hr = tf.constant(np.kron(rng.uniform(-1, 1, (4, 8, 8, 3)), np.ones((1, 4, 4, 1))), tf.float32)
        yield Batch(lr=(hr[:, ::4, ::4] + 1) / 2, hr=hr)


def build(repository, random_vgg, case, jit):
    preset, name, changes, judge = CASES[case]
    params = parse_params(compose(repository / "params", preset), repository / "params")
    stage = getattr(params, name).model_copy(update=changes)
    keras.utils.set_random_seed(1)
    generator = build_generator(scale=4, blocks=1, filters=8, norm="batch", skip=params.generator.skip)
    layers = {"layers": {"block1_conv2": 1.0, "block2_conv2": 0.5}}
    content = content_loss(stage.content, params.features.model_copy(update=layers), random_vgg, "float32")
    options = StepOptions(seed=1, jit=jit)
    if name == "pretrain":
        return Pixel(stage, generator, content, options)
    norm = stage.norm if name == "wgan" else "batch"
    spec = {"network": "srgan", "filters": 4, "norm": norm, "head": "dense", "units": 8, "crop": SIDE} | judge
    adversary = build_discriminator(**spec, vgg16=random_vgg["vgg16"])
    set_reference(adversary, next(batches()).hr)
    return (Wasserstein if name == "wgan" else Adversarial)(stage, generator, adversary, content, options)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "mixed_float16"])
def test_the_u_net_s_gradient_can_be_compiled_in_mixed_precision(dtype):
    network = build_unet(filters=2, norm="spectral", dtype=dtype)
    image = next(batches()).hr

    @tf.function(jit_compile=True)
    def gradient():
        with tf.GradientTape() as tape:
            tape.watch(image)
            loss = tf.reduce_mean(network(image, training=True))
        return tape.gradient(loss, image)

    assert np.abs(gradient().numpy()).max() > 0


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_compiled_steps_have_the_losses_of_plain_ones(repository, random_vgg, case, monkeypatch):
    figures = {}
    for jit in (False, True):
        if jit:  # as on a GPU
            monkeypatch.setattr(MaxPool, "call", lambda _, x: largest_of_slices(x))
        recipe, stream = build(repository, random_vgg, case, jit), batches()
        recipe.set_learning_rate(0.1)
        figures[jit] = [
            {name: float(value) for name, value in recipe.step(iteration, stream).items()}
            for iteration in range(ITERATIONS)
        ]
    for plain, compiled in zip(figures[False], figures[True], strict=True):
        assert compiled == pytest.approx(
            plain, rel=TOLERANCE.get(case, 2e-3), abs=1e-4
        )  # a critic's scores are sums that nearly cancel
    assert figures[False][0] != figures[False][-1]
