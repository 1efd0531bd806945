"""Train on VGG19 features for a few iterations and print a digest of all state.

python -m tests.training.train_vgg THREADS
"""

import hashlib
import itertools
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from srgan.data.batches import Batch
from srgan.losses.content import content_loss
from srgan.models.discriminator import build_discriminator
from srgan.models.generator import build_generator
from srgan.params import load_params
from srgan.recipes.adversarial import Adversarial
from srgan.sources.vgg_weights import write_random
from srgan.training.devices import make_reproducible

ITERATIONS = 20


def main(threads: int) -> None:
    make_reproducible(threads)
    keras.utils.set_random_seed(1)
    params = load_params()
    generator = build_generator(scale=params.scale, **params.generator.model_dump())
    discriminator = build_discriminator(crop=params.vgg.crop, **params.discriminator.model_dump())
    with tempfile.TemporaryDirectory() as folder:
        write_random(Path(folder) / "vgg19.h5", seed=1)
        content = content_loss("vgg12", params.features, {"vgg19": Path(folder) / "vgg19.h5"}, "float32")
    recipe = Adversarial(params.vgg, generator, discriminator, content, seed=params.seed)
    rng = np.random.default_rng(0)
    size, side = params.vgg.batch_size, params.vgg.crop
    lr = rng.random((size, side // params.scale, side // params.scale, 3), dtype=np.float32)
    batch = Batch(lr=tf.constant(lr), hr=tf.constant(rng.random((size, side, side, 3), dtype=np.float32) * 2 - 1))
    for iteration in range(ITERATIONS):
        recipe.step(iteration, itertools.repeat(batch))
    digest = hashlib.sha256()
    for variable in recipe.variables().values():
        digest.update(np.asarray(variable.value).tobytes())
    sys.stdout.write(digest.hexdigest())


if __name__ == "__main__":
    main(int(sys.argv[1]))
