"""Training steps and inference at the paper's size: python -m benchmarks.steps WHAT PRECISION SECONDS.

WHAT is matmul, pretrain, gan, vgg22, vgg54, wgan or inference. The generator has the bicubic skip, the rest is the
paper's.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from benchmarks.measure import BATCH, CROP, LR_SIDE, SCALE, Row, median_seconds
from srgan.data.batches import Batch
from srgan.losses.content import content_loss
from srgan.losses.pixel import ContentLoss, mse
from srgan.models.discriminator import build_discriminator
from srgan.models.generator import build_generator
from srgan.models.upscaler import as_function
from srgan.params import parse_params
from srgan.params.presets import compose
from srgan.recipes.adversarial import Adversarial
from srgan.recipes.pixel import Pixel
from srgan.recipes.recipe import Recipe, StepOptions
from srgan.recipes.wasserstein import Wasserstein
from srgan.sources.vgg_weights import write_random
from srgan.training.devices import choose_jit, make_reproducible

PRESETS = Path(__file__).parents[1] / "params"
PARAMS = parse_params(compose(PRESETS, "paper"), PRESETS / "paper.yaml")


def batch() -> Batch:
    """One batch of noise: speed does not depend on what is in it."""
    rng = np.random.default_rng(0)
    lr = rng.random((BATCH, CROP // SCALE, CROP // SCALE, 3), dtype=np.float32)
    hr = rng.random((BATCH, CROP, CROP, 3), dtype=np.float32) * 2 - 1
    return Batch(lr=tf.constant(lr), hr=tf.constant(hr))


def generator(precision: str) -> keras.Model:
    """The paper's generator, with the bicubic skip."""
    return build_generator(scale=SCALE, blocks=16, filters=64, norm="batch", skip="bicubic", dtype=precision)


def recipe(what: str, precision: str, *, jit: bool = False) -> Recipe:
    """The recipe of a stage at the paper's size."""
    options = StepOptions(seed=1, precision=precision, jit=jit)
    if what == "pretrain":
        return Pixel(PARAMS.pretrain, generator(precision), mse, options)
    adversary = build_discriminator(filters=64, norm="batch", head="dense", units=1024, crop=CROP, dtype=precision)
    if what == "wgan":
        # Between warm-ups: n_critic critic steps and one of the generator.
        settings = PARAMS.wgan.model_copy(update={"warmup_iterations": 0, "warmup_every": 0})
        return Wasserstein(settings, generator(precision), adversary, mse, options)
    content: ContentLoss = mse if what == "gan" else _random_vgg(what, precision)
    return Adversarial(PARAMS.gan, generator(precision), adversary, content, options)


def step_seconds(what: str, precision: str, seconds: float) -> float:
    """Median seconds of an iteration, the figures read after each; compiled where training would be."""
    jit = choose_jit(tf.distribute.get_strategy(), "auto")
    trained, feed = recipe(what, precision, jit=jit), itertools.repeat(batch())
    iteration = itertools.count(1)
    return median_seconds(lambda: float(trained.step(next(iteration), feed)["loss"]), seconds)


def inference_seconds(precision: str, seconds: float) -> float:
    """Median seconds for a picture of LR_SIDE x LR_SIDE."""
    network = as_function(generator(precision))
    lr = np.random.default_rng(0).random((LR_SIDE, LR_SIDE, 3), dtype=np.float32)
    return median_seconds(lambda: network(lr), seconds)


def matmul_rate(precision: str, seconds: float) -> float:
    """FLOP/s of a 4096 x 4096 matrix product."""
    size = 4096
    kind = tf.float32 if precision == "float32" else tf.bfloat16
    a = tf.cast(tf.random.stateless_normal((size, size), [1, 2]), kind)
    product = tf.function(lambda: tf.reduce_sum(tf.cast((a @ a)[0], tf.float32)))
    return 2 * size**3 / median_seconds(lambda: float(product()), seconds)


def pretrain_flops() -> float:
    """Multiplications and additions of the convolutions in a step of pretrain: forward, and twice that backward."""
    forward, side = 0.0, CROP // SCALE
    for layer in generator("float32").layers:
        if isinstance(layer, keras.layers.Conv2D):
            forward += 2 * BATCH * side**2 * float(np.prod(layer.kernel.shape))
        elif hasattr(layer, "factor") and "upsample" in layer.name:
            side *= layer.factor
    return 3 * forward


def _random_vgg(content: str, precision: str) -> ContentLoss:
    """A content loss on VGG19 with random weights, which take as long as ImageNet's."""
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "vgg19.h5"
        write_random(weights, seed=1)
        return content_loss(content, PARAMS.features, {"vgg19": weights}, precision)


def main() -> None:
    """Measure one thing; print its rows."""
    what, precision, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    make_reproducible()  # as training does
    keras.utils.set_random_seed(1)
    if what == "matmul":
        Row("matmul", precision, matmul_rate(precision, seconds) / 1e9, "GFLOP/s").show()
    elif what == "inference":
        Row("inference", precision, inference_seconds(precision, seconds) * 1e3, "ms").show()
    else:
        Row(what, precision, step_seconds(what, precision, seconds) * 1e3, "ms").show()
        if what == "pretrain":
            Row("pretrain FLOP", precision, pretrain_flops() / 1e9, "GFLOP").show()


if __name__ == "__main__":
    main()
