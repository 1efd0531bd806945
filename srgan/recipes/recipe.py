"""What all recipes share: a generator that is updated, its optimizer, its moving average, one compiled step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import keras
import tensorflow as tf

from srgan.data.batches import Batch
from srgan.losses.generator import GeneratorLoss, Metrics
from srgan.losses.pixel import ContentLoss
from srgan.models.folding import fold_in_place
from srgan.models.normalisation import use_population_statistics
from srgan.params import StageSettings
from srgan.recipes.optimizers import build_optimizer, rescale_moments


@dataclass(frozen=True)
class StepOptions:
    """How steps are run, whatever the stage.

    Attributes:
        seed: of everything random in a step.
        precision: the policy the networks were built with.
        jit: compile the step with XLA.
    """

    seed: int
    precision: str = "float32"
    jit: bool = False


class Recipe(ABC):
    """Networks, optimizers, and how one iteration updates them.

    Args:
        settings: the stage's.
        generator: the network that is trained.
        content: the content loss.
        options: how steps are run.
    """

    def __init__(self, settings: StageSettings, generator: keras.Model, content: ContentLoss, options: StepOptions):
        self.settings = settings
        self.seed, self.precision, self.jit = options.seed, options.precision, options.jit
        self.strategy = tf.distribute.get_strategy()
        self.generator = generator
        self.optimizer = build_optimizer(settings, settings.lr, self.precision)
        self.optimizer.build(generator.trainable_variables)
        self.learning_rates = {"generator": (self.optimizer, settings.lr)}  # each network's optimizer and base rate
        self.loss = GeneratorLoss(settings, content, self.optimizer, self.seed)
        self.networks = {"generator": generator}
        self.result = generator  # what is validated and saved: the moving average if there is one
        if settings.ema:
            self.result = self.networks["average"] = keras.models.clone_model(generator)
            self.result.set_weights(generator.get_weights())
        self.population_from = round(settings.population_from * settings.iterations)
        self.on_population = False
        self.compile_all()

    @abstractmethod
    def update(self, batch: Batch) -> Metrics:
        """Update the networks once, on one replica's part of a batch. Runs inside a tf.function."""

    def step(self, iteration: int, batches: Iterator[Batch]) -> Metrics:
        """One iteration: take batches, update the networks, return scalars without waiting for the device."""
        self.keep_to_population(iteration)
        return self.compiled(next(batches))

    def batches_before(self, iteration: int) -> int:
        """How many batches all earlier iterations have taken, which is where in the data an iteration starts."""
        return iteration

    def set_learning_rate(self, factor: float, warmup: float = 1.0) -> None:
        """Set every optimizer to `factor` times its base learning rate.

        Args:
            factor: the current factor of the schedule.
            warmup: a further factor of the generator's rate only, so that its adversary is ahead of it.
        """
        for optimizer, base in self.learning_rates.values():
            optimizer.learning_rate = base * factor * (warmup if optimizer is self.optimizer else 1.0)

    def keep_to_population(self, iteration: int) -> None:
        """From `population_from` on, make the generator's batch normalisation use and keep its moving statistics.

        A later checkpoint holds the folded weights, so a resumed run only changes the mode of the layers.
        """
        if iteration < self.population_from or self.on_population:
            return
        if iteration == self.population_from:
            rescale_moments(self.optimizer, fold_in_place(self.generator))
            if self.result is not self.generator:
                fold_in_place(self.result)
        use_population_statistics(self.generator)
        self.on_population = True
        self.compile_all()

    def variables(self) -> dict[str, keras.Variable]:
        """Every variable that later iterations depend on, of networks and optimizers, by a stable name."""
        found: dict[str, keras.Variable] = {}
        for name, network in self.networks.items():
            found |= {f"{name}/{i}/{v.path}": v for i, v in enumerate(network.variables)}
        # By name, not path: Keras numbers the optimizers of a process, and a path begins with that number.
        for role, (optimizer, _) in self.learning_rates.items():
            found |= {f"{role}_optimizer/{i}/{v.name}": v for i, v in enumerate(optimizer.variables)}
        return found

    def compile_all(self) -> None:
        """Compile the steps, again if something that they have traced has changed."""
        self.compiled = self.compile(self._update_and_average)

    def compile(self, update: Callable[[Batch], Metrics]) -> Callable[[Batch], Metrics]:
        """Make one graph that runs an update on every replica's part of a batch and averages the figures."""

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
        if self.settings.ema:
            decay = self.settings.ema
            for average, weight in zip(self.result.variables, self.generator.variables, strict=True):
                average.assign(decay * average + (1.0 - decay) * weight)
        return metrics
