"""WGAN: generator against critic (Arjovsky et al. 1701.07875, Algorithm 1; Gulrajani et al. 1704.00028)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras
import tensorflow as tf
from keras import layers

from srgan.data.batches import Batch
from srgan.losses.generator import Adversary, Metrics
from srgan.losses.pixel import ContentLoss
from srgan.losses.replicas import share, uniform
from srgan.losses.shift import random_roll
from srgan.params import WassersteinSettings
from srgan.recipes.optimizers import build_optimizer
from srgan.recipes.recipe import Recipe, StepOptions
from srgan.recipes.slope import outputs_and_squares

CRITIC_FIGURES = ("critic_loss", "wasserstein")


def wasserstein_estimate(real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
    """Mean critic score of photographs minus that of generated images (Arjovsky et al. 1701.07875, eq. 2 and 3).

    The critic maximises it; divided by the critic's Lipschitz constant it estimates the Wasserstein distance.
    """
    return tf.reduce_mean(real) - tf.reduce_mean(fake)


def gradient_penalty(critic: Callable[[tf.Tensor], Any], hr: tf.Tensor, sr: tf.Tensor, at: tf.Tensor) -> tf.Tensor:
    """Mean squared deviation of the critic's gradient norm from 1 (Gulrajani et al. 1704.00028, eq. 3).

    Args:
        critic: images (B, H, W, 3) -> scores (B, 1) or (B, H, W, 1).
        hr: photographs.
        sr: generated images.
        at: (B, 1, 1, 1) in [0, 1], the point between the two at which each sample's gradient is taken.
    """
    _, squares = outputs_and_squares(critic, sr + at * (hr - sr))
    norm = tf.sqrt(squares + 1e-12)  # (B,)
    return tf.reduce_mean(tf.square(norm - 1.0))


def clipped_variables(critic: keras.Model) -> list[keras.Variable]:
    """The variables that weight clipping holds in [-c, c]: kernels and biases of convolutions and dense layers.

    The scales of normalisations are not among them: seven scales in a row that are clipped to 0.01 leave a critic
    without output and without gradient. They have bounds of their own, see affine_variables.
    """
    return [
        variable
        for layer in critic.layers
        if isinstance(layer, layers.Conv2D | layers.Dense)
        for variable in layer.trainable_variables
    ]


def affine_variables(critic: keras.Model) -> list[keras.Variable]:
    """Scales and offsets of the critic's normalisations, which weight clipping holds in [-1, 1].

    The critics must form a compact set (Arjovsky et al., section 3); otherwise the estimate grows with the scales and
    says nothing about the distance. Scales start at 1, so this bound only stops their growth.
    """
    return [
        variable
        for layer in critic.layers
        if not isinstance(layer, layers.Conv2D | layers.Dense)
        for variable in layer.trainable_variables
    ]


class Wasserstein(Recipe):
    """Content loss minus mean C(G(lr)), while the critic C learns to estimate the Wasserstein distance.

    The scale of the critic's scores is arbitrary: clipping makes it Lipschitz, but with an unknown constant. So its
    weight against the content loss has a meaning only with `weighting: balanced` (see Adversary).

    Args:
        settings: those of wgan.
        generator: the network that is updated.
        critic: maps an image to a score, or to a score for each pixel.
        content: the content loss.
        options: how steps are run.
    """

    settings: WassersteinSettings

    def __init__(
        self,
        settings: WassersteinSettings,
        generator: keras.Model,
        critic: keras.Model,
        content: ContentLoss,
        options: StepOptions,
    ):
        super().__init__(settings, generator, content, options)
        self.critic = critic
        self.bounds: list[tuple[keras.Variable, float]] = []
        if settings.constraint == "clip":
            self.bounds += [(variable, settings.clip) for variable in clipped_variables(critic)]
            self.bounds += [(variable, 1.0) for variable in affine_variables(critic)]
        self.critic_optimizer = build_optimizer(settings, settings.critic_lr, self.precision)
        self.critic_optimizer.build(critic.trainable_variables)
        self.learning_rates["critic"] = (self.critic_optimizer, settings.critic_lr)
        self.networks["critic"] = critic

    def critic_steps(self, iteration: int) -> int:
        """Critic steps in an iteration: n_critic, or more while the critic has to catch up."""
        settings = self.settings
        early = iteration < settings.warmup_iterations
        due = settings.warmup_every and iteration % settings.warmup_every == 0
        return settings.warmup_critic if early or due else settings.n_critic

    def batches_before(self, iteration: int) -> int:
        """The sum of critic_steps over the earlier iterations, in closed form: every critic step takes a new batch."""
        settings = self.settings
        early = min(iteration, settings.warmup_iterations)
        due = 0
        if settings.warmup_every:
            due = -(-iteration // settings.warmup_every) - -(-early // settings.warmup_every)
        return iteration * settings.n_critic + (early + due) * (settings.warmup_critic - settings.n_critic)

    def step(self, iteration: int, batches: Iterator[Batch]) -> Metrics:
        """Algorithm 1: critic steps on new batches, and with the last one a step of the generator.

        The critic's figures are means over its last n_critic steps, because the estimate of a single batch depends on
        its photographs as much as on the distance.
        """
        self.keep_to_population(iteration)
        steps = [self.compiled_critic(next(batches)) for _ in range(self.critic_steps(iteration) - 1)]
        metrics = self.compiled(next(batches))
        recent = [*steps, metrics][-self.settings.n_critic :]
        return metrics | {name: tf.reduce_mean([step[name] for step in recent]) for name in CRITIC_FIGURES}

    def compile_all(self) -> None:
        """Make the graphs of an iteration's last step and of the critic's steps before it."""
        super().compile_all()
        self.compiled_critic = self.compile(self.update_critic_alone)

    def update(self, batch: Batch) -> Metrics:
        """One step of the critic, then one of the generator, on one forward pass of the generator."""
        with tf.GradientTape() as tape:
            sr = self.generator(batch.lr, training=True)  # (B, H, W, 3)
        roll = random_roll(self.settings.shift, self.seed, self.critic_optimizer.iterations)
        critic_metrics = self.update_critic(roll(batch.hr), roll(tf.stop_gradient(sr)))
        adversary = Adversary(self.settings, lambda sr: -tf.reduce_mean(self.critic(roll(sr), training=True)))
        gradient, metrics = self.loss.gradient(batch, sr, adversary)
        self.update_generator(tape, sr, gradient)
        return metrics | critic_metrics

    def update_critic_alone(self, batch: Batch) -> Metrics:
        """One step of the critic on a batch of its own."""
        roll = random_roll(self.settings.shift, self.seed, self.critic_optimizer.iterations)
        return self.update_critic(roll(batch.hr), roll(self.generator(batch.lr, training=True)))

    def update_critic(self, hr: tf.Tensor, sr: tf.Tensor) -> Metrics:
        """Maximise the critic's estimate on HR and SR images (B, H, W, 3), and keep it Lipschitz."""
        weights = self.critic.trainable_variables
        with tf.GradientTape() as tape:
            estimate = wasserstein_estimate(self.critic(hr, training=True), self.critic(sr, training=True))
            loss = -estimate
            if self.settings.constraint == "gradient_penalty":
                seed = tf.stack([tf.cast(self.critic_optimizer.iterations.value, tf.int32), self.seed])
                at = tf.reshape(uniform(tf.shape(hr)[0], seed), [-1, 1, 1, 1])
                loss += self.settings.penalty * gradient_penalty(lambda x: self.critic(x, training=True), hr, sr, at)
            scaled = self.critic_optimizer.scale_loss(share(loss))
        self.critic_optimizer.apply(tape.gradient(scaled, weights), weights)
        for variable, bound in self.bounds:
            variable.assign(tf.clip_by_value(variable.value, -bound, bound))
        return dict(zip(CRITIC_FIGURES, (loss, estimate), strict=True))
