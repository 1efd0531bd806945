"""What every training step shares: a generator that is updated, its optimizer, its average, one compiled step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

import keras
import tensorflow as tf

from srgan.data.batches import Batch
from srgan.losses.generator import GeneratorLoss, Metrics
from srgan.losses.pixel import ContentLoss
from srgan.models.folding import fold_in_place
from srgan.models.normalisation import use_population_statistics
from srgan.params import StageSettings
from srgan.recipes.optimizers import build_optimizer, rescale_moments


class Recipe(ABC):
    """Networks, optimizers, and how one iteration updates them.

    Args:
        stage: the stage's settings.
        generator: the network that is trained.
        content: the content loss.
        seed: of all that is drawn at random in a step.
        precision: the policy the networks were built with.
        jit: compile the step with XLA.
    """

    def __init__(
        self,
        stage: StageSettings,
        generator: keras.Model,
        content: ContentLoss,
        *,
        seed: int,
        precision: str = "float32",
        jit: bool = False,
    ):
        self.stage, self.seed, self.precision, self.jit = stage, seed, precision, jit
        self.strategy = tf.distribute.get_strategy()
        self.generator = generator
        self.optimizer = build_optimizer(stage, stage.lr, precision)
        self.optimizer.build(generator.trainable_variables)
        self.learning_rates = [(self.optimizer, stage.lr)]
        self.loss = GeneratorLoss(stage, content, self.optimizer, seed)
        self.networks = {"generator": generator}
        self.trained = generator  # what is validated, saved and used: the average where there is one
        if stage.ema:
            self.trained = self.networks["average"] = keras.models.clone_model(generator)
            self.trained.set_weights(generator.get_weights())
        self.population_from = round(stage.population_from * stage.iterations)
        self.on_population = False
        self.compile_all()

    @abstractmethod
    def update(self, batch: Batch) -> Metrics:
        """Update the networks once, on one replica's part of a batch. Runs inside a tf.function."""

    def step(self, iteration: int, batches: Iterator[Batch]) -> Metrics:
        """One iteration: take batches, update the networks, return scalars that nothing has waited for yet."""
        self.keep_to_population(iteration)
        return self.compiled(next(batches))

    def batches_before(self, iteration: int) -> int:
        """How many batches all earlier iterations have taken: where in the data an iteration starts."""
        return iteration

    def set_learning_rate(self, factor: float, warmup: float = 1.0) -> None:
        """Set every optimizer to `factor` times its base learning rate.

        Args:
            factor: where the schedule is.
            warmup: the generator's rate is multiplied by this, too; its adversary is to be ahead of it.
        """
        for optimizer, base in self.learning_rates:
            optimizer.learning_rate = base * factor * (warmup if optimizer is self.optimizer else 1.0)

    def keep_to_population(self, iteration: int) -> None:
        """From `population_from` on: the generator's batch normalisation uses and keeps its moving statistics.

        What was folded before a checkpoint is folded in it, so a resumed run only has to say so to the layers.
        """
        if iteration < self.population_from or self.on_population:
            return
        if iteration == self.population_from:
            rescale_moments(self.optimizer, fold_in_place(self.generator))
            if self.trained is not self.generator:
                fold_in_place(self.trained)
        use_population_statistics(self.generator)
        self.on_population = True
        self.compile_all()

    def variables(self) -> dict[str, keras.Variable]:
        """All that a later iteration depends on, by a stable name: networks and optimizers."""
        found = {}
        for name, network in self.networks.items():
            found |= {f"{name}/{i}/{v.path}": v for i, v in enumerate(network.variables)}
        # By name, not path: Keras numbers the optimizers of a process, and a path begins with that number.
        for k, (optimizer, _) in enumerate(self.learning_rates):
            found |= {f"optimizer{k}/{i}/{v.name}": v for i, v in enumerate(optimizer.variables)}
        return found

    def compile_all(self) -> None:
        """Make the graphs of the steps, anew where something that they have traced has changed."""
        self.compiled = self.compile(self._update_and_average)

    def compile(self, update: Callable[[Batch], Metrics]) -> Callable[[Batch], Metrics]:
        """An update as one graph, run on every replica's part of a batch; its figures become means over replicas."""

        def on_all_replicas(batch: Batch) -> Metrics:
            metrics = self.strategy.run(update, args=(batch,))
            mean = tf.distribute.ReduceOp.MEAN
            return {name: self.strategy.reduce(mean, value, axis=None) for name, value in metrics.items()}

        return tf.function(on_all_replicas, jit_compile=self.jit)

    def update_generator(self, tape: tf.GradientTape, sr: tf.Tensor, gradient: tf.Tensor) -> None:
        """Carry a (scaled) gradient at the SR images (B, H, W, 3) back through the generator and apply it."""
        weights = self.generator.trainable_variables
        gradients = tape.gradient(sr, weights, output_gradients=gradient)
        self.optimizer.apply(gradients, weights)

    def _update_and_average(self, batch: Batch) -> Metrics:
        metrics = self.update(batch)
        if self.stage.ema:
            decay = self.stage.ema
            for average, weight in zip(self.trained.variables, self.generator.variables, strict=True):
                average.assign(decay * average + (1.0 - decay) * weight)
        return metrics
