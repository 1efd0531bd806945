"""What every training step shares: a generator that is updated, its optimizer, its average, one compiled step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

import keras
import tensorflow as tf

from srgan.data.batches import Batch
from srgan.params import Stage
from srgan.training.losses import ContentLoss, grid_loss, mse, total_variation
from srgan.training.optimizers import build_optimizer

Metrics = dict[str, tf.Tensor]  # name: scalar


def random_roll(limit: int, iterations: keras.Variable) -> Callable[[tf.Tensor], tf.Tensor]:
    """What an adversary's images are moved by: down and right, round the border, by less than `limit` pixels.

    The adversary's strides and the generator's sub-pixel convolutions both repeat every few pixels. Kept in step
    they print a grid: the gradient has the adversary's period and always meets the same sub-pixels. Moved at random,
    by the same for HR and SR, every sub-pixel meets every phase, and a grid is one more thing that gives SR away.

    Args:
        limit: 0 leaves the images in place; 16, the product of the adversary's strides, covers all its phases.
        iterations: of an optimizer; the draw is a function of it, so that a resumed run draws the same.
    """
    if not limit:
        return lambda images: images
    seed = tf.stack([tf.cast(iterations.value, tf.int32), limit])
    shift = tf.random.stateless_uniform([2], seed, 0, limit, tf.int32)
    return lambda images: tf.roll(images, shift, axis=[1, 2])  # (B, H, W, 3)


class Recipe(ABC):
    """Networks, optimizers, and how one iteration updates them.

    Args:
        stage: the stage's settings.
        generator: the network that is trained.
        content: the content loss.
        precision: the policy the networks were built with.
        jit: compile the step with XLA.
    """

    def __init__(
        self,
        stage: Stage,
        generator: keras.Model,
        content: ContentLoss,
        *,
        precision: str = "float32",
        jit: bool = False,
    ):
        self.stage = stage
        self.content = content
        self.precision = precision
        self.strategy = tf.distribute.get_strategy()
        self.generator = generator
        self.optimizer = build_optimizer(stage, stage.lr, precision)
        self.optimizer.build(generator.trainable_variables)
        self.learning_rates = [(self.optimizer, stage.lr)]
        self.networks = {"generator": generator}
        self.trained = generator  # what is validated, saved and used: the average where there is one
        if stage.ema:
            self.trained = self.networks["average"] = keras.models.clone_model(generator)
            self.trained.set_weights(generator.get_weights())
        self.compiled = self.compile(self._update_and_average, jit)

    @abstractmethod
    def update(self, batch: Batch) -> Metrics:
        """Update the networks once, on one replica's part of a batch. Runs inside a tf.function."""

    def step(self, iteration: int, batches: Iterator[Batch]) -> Metrics:
        """One iteration: take batches, update the networks, return scalars that nothing has waited for yet."""
        del iteration
        return self.compiled(next(batches))

    def batches_before(self, iteration: int) -> int:
        """How many batches all earlier iterations have taken: where in the data an iteration starts."""
        return iteration

    def set_learning_rate(self, factor: float) -> None:
        """Set every optimizer to `factor` times its base learning rate."""
        for optimizer, base in self.learning_rates:
            optimizer.learning_rate = base * factor

    def variables(self) -> dict[str, keras.Variable]:
        """All that a later iteration depends on, by a stable name: networks and optimizers."""
        found = {}
        for name, network in self.networks.items():
            found |= {f"{name}/{i}/{v.path}": v for i, v in enumerate(network.variables)}
        # By name, not path: Keras numbers the optimizers of a process, and a path begins with that number.
        for k, (optimizer, _) in enumerate(self.learning_rates):
            found |= {f"optimizer{k}/{i}/{v.name}": v for i, v in enumerate(optimizer.variables)}
        return found

    def compile(self, update: Callable[[Batch], Metrics], jit: bool) -> Callable[[Batch], Metrics]:
        """An update as one graph, run on every replica's part of a batch; its figures become means over replicas."""

        def on_all_replicas(batch: Batch) -> Metrics:
            metrics = self.strategy.run(update, args=(batch,))
            mean = tf.distribute.ReduceOp.MEAN
            return {name: self.strategy.reduce(mean, value, axis=None) for name, value in metrics.items()}

        return tf.function(on_all_replicas, jit_compile=jit)

    def _update_and_average(self, batch: Batch) -> Metrics:
        metrics = self.update(batch)
        if self.stage.ema:
            decay = self.stage.ema
            for average, weight in zip(self.trained.variables, self.generator.variables, strict=True):
                average.assign(decay * average + (1.0 - decay) * weight)
        return metrics

    def content_terms(self, batch: Batch, sr: tf.Tensor) -> tuple[tf.Tensor, Metrics]:
        """The part of the generator's loss that needs no discriminator, and its figures."""
        hr = batch.hr
        content = self.content(hr, sr)
        loss = self.stage.content_weight * content
        if self.stage.pixel_weight:
            loss += self.stage.pixel_weight * mse(hr, sr)  # as ESRGAN's, with L1 (Wang et al. 1809.00219, eq. 3)
        if self.stage.total_variation:
            loss += self.stage.total_variation * total_variation(sr)
        if self.stage.grid_weight:
            loss += self.stage.grid_weight * grid_loss(hr, sr, scale=hr.shape[1] // batch.lr.shape[1])
        return loss, {"content_loss": content, "train_psnr": tf.reduce_mean(tf.image.psnr(hr, sr, max_val=2.0))}

    def update_generator(self, tape: tf.GradientTape, sr: tf.Tensor, gradient: tf.Tensor) -> None:
        """Carry a (scaled) gradient at the SR images (B, H, W, 3) back through the generator and apply it."""
        weights = self.generator.trainable_variables
        gradients = tape.gradient(sr, weights, output_gradients=gradient)
        self.optimizer.apply(gradients, weights)
