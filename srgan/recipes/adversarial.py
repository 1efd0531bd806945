"""SRGAN: generator against discriminator (Ledig et al. 1609.04802, eq. 2, 3 and 6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import keras
import tensorflow as tf

from srgan.data.batches import Batch
from srgan.losses.generator import Adversary, Metrics
from srgan.losses.pixel import ContentLoss
from srgan.losses.replicas import mean_over_replicas, share
from srgan.losses.shift import random_roll
from srgan.params import AdversarialSettings
from srgan.recipes.optimizers import build_optimizer
from srgan.recipes.recipe import Recipe, StepOptions
from srgan.recipes.slope import outputs_and_squares


def binary_cross_entropy(logits: tf.Tensor, label: float) -> tf.Tensor:
    """Cross entropy of sigmoid(logits), (B, 1) or a map (B, H', W', C), against one label in [0, 1]."""
    labels = tf.fill(tf.shape(logits), tf.cast(label, logits.dtype))
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels, logits))


def discriminator_loss(real: tf.Tensor, fake: tf.Tensor, real_label: float, fake_label: float) -> tf.Tensor:
    """The discriminator's loss with label smoothing (Salimans et al. 1606.03498, section 3.4).

    At the optimum sigmoid(D(x)) = (a p_data + b p_model) / (p_data + p_model), for labels a (real) and b (fake). With
    b > 0 p_model enters the numerator, and where p_data is nearly zero the generator has no reason to move: hence
    one-sided, b = 0.

    Args:
        real: logits (B, 1) of photographs, or maps (B, H', W', C) of logits of their parts.
        fake: logits of generated images, of the same shape.
        real_label: a.
        fake_label: b.
    """
    return binary_cross_entropy(real, real_label) + binary_cross_entropy(fake, fake_label)


def adversarial_loss(fake: tf.Tensor) -> tf.Tensor:
    """The generator's -log D(G(lr)) (Ledig et al., eq. 6), from logits (B, 1) or (B, H', W', C)."""
    return binary_cross_entropy(fake, 1.0)


def compare(
    game: str, real: tf.Tensor, fake: tf.Tensor, mean: Callable[[tf.Tensor], tf.Tensor]
) -> tuple[tf.Tensor, tf.Tensor]:
    """The logits that the losses compare (Jolicoeur-Martineau 1807.00734).

    In the games other than `standard` the discriminator's loss and the generator's are relativistic: the generator
    learns to make SR look more real than HR.

    Args:
        game: `standard`: is it real? `relativistic`: is it more real than the other kind is on average (eq. 13 and 14)?
            `paired`: is it more real than its counterpart, HR than the SR of its own LR (the RSGAN)? A pair
            shows the same thing, so that a discriminator has only to find what the generator made of it. Without pairs
            the difference of SR and HR is hidden behind that of one photograph and another.
        real: logits (B, ...) of photographs.
        fake: logits (B, ...) of generated images.
        mean: the function that averages logits over the whole batch.

    Returns:
        The logits that are to rise and those that are to fall, for the discriminator.
    """
    if game == "standard":
        return real, fake
    if game == "paired":
        return real - fake, fake - real
    return real - mean(fake), fake - mean(real)


class Adversarial(Recipe):
    """Content loss plus -log D(G(lr)), while the discriminator learns to tell SR from HR.

    Args:
        settings: those of gan or vgg.
        generator: the network that is updated.
        discriminator: maps an image to a logit, or to a map of logits.
        content: the content loss.
        options: how steps are run.
    """

    settings: AdversarialSettings

    def __init__(
        self,
        settings: AdversarialSettings,
        generator: keras.Model,
        discriminator: keras.Model,
        content: ContentLoss,
        options: StepOptions,
    ):
        super().__init__(settings, generator, content, options)
        self.discriminator = discriminator
        self.discriminator_optimizer = build_optimizer(settings, settings.discriminator_lr, self.precision)
        self.discriminator_optimizer.build(discriminator.trainable_variables)
        self.learning_rates["discriminator"] = (self.discriminator_optimizer, settings.discriminator_lr)
        self.networks["discriminator"] = discriminator

    def batches_before(self, iteration: int) -> int:
        """Every step takes a new batch, also the steps of the discriminator's warm-up before the first iteration."""
        return iteration + (self.settings.discriminator_warmup if iteration else 0)

    def step(self, iteration: int, batches: Iterator[Batch]) -> Metrics:
        """One iteration. Before the first, the discriminator is trained alone, so that its gradients are useful."""
        self.keep_to_population(iteration)
        if iteration == 0:
            for _ in range(self.settings.discriminator_warmup):
                self.compiled_warmup(next(batches))
        return self.compiled(next(batches))

    def compile_all(self) -> None:
        """Make the graphs of an iteration and of a step of the warm-up."""
        super().compile_all()
        self.compiled_warmup = self.compile(self.update_discriminator_alone)

    def update(self, batch: Batch) -> Metrics:
        """The discriminator's steps, then one of the generator, on one forward pass of the generator."""
        with tf.GradientTape() as tape:
            sr = self.generator(batch.lr, training=True)  # (B, H, W, 3)
        for _ in range(self.settings.discriminator_steps):  # each with a shift of its own
            roll = random_roll(self.settings.shift, self.seed, self.discriminator_optimizer.iterations)
            discriminator_metrics = self.update_discriminator(roll(batch.hr), roll(tf.stop_gradient(sr)))
        adversary = Adversary(self.settings, lambda sr: self.adversarial_loss(roll(batch.hr), roll(sr)))
        gradient, metrics = self.loss.gradient(batch, sr, adversary)
        self.update_generator(tape, sr, gradient)
        return metrics | discriminator_metrics

    def adversarial_loss(self, hr: tf.Tensor, sr: tf.Tensor) -> tf.Tensor:
        """The generator's adversarial loss: -log D(G(lr)), or, in the relativistic games, the sum of both terms."""
        fake = self.discriminator(sr, training=True)  # (B, 1), or a map of logits
        if self.settings.game == "standard":
            return adversarial_loss(fake)
        real, fake = compare(self.settings.game, self.discriminator(hr, training=True), fake, mean_over_replicas)
        return adversarial_loss(fake) + binary_cross_entropy(real, 0.0)

    def update_discriminator(self, hr: tf.Tensor, sr: tf.Tensor) -> Metrics:
        """One step of the discriminator on HR and SR images (B, H, W, 3)."""
        settings, weights = self.settings, self.discriminator.trainable_variables
        with tf.GradientTape() as tape:
            real, steepness_at_real = self.judge(hr)  # (B, 1), or a map of logits
            fake, steepness_at_fake = self.judge(sr)
            real, fake = compare(settings.game, real, fake, mean_over_replicas)
            loss = discriminator_loss(real, fake, settings.real_label, settings.fake_label)
            penalty = settings.discriminator_penalty / 2 * (steepness_at_real + steepness_at_fake)
            scaled = self.discriminator_optimizer.scale_loss(share(loss + penalty))
        self.discriminator_optimizer.apply(tape.gradient(scaled, weights), weights)
        return {"discriminator_loss": loss}

    def judge(self, images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Logits of images (B, H, W, 3), and the mean squared length of their gradients there.

        With `discriminator_penalty` these are the regularisers R1, at HR, and R2, at SR (Mescheder et al. 1801.04406,
        section 4.1). Where the discriminator is flat, small changes of a picture that nobody sees do not change what
        it says of it, and its advice is of what can be seen. In pairs both together make the game converge (Huang et
        al. 2501.05441). Without the setting nothing is measured: 0.
        """
        judge = partial(self.discriminator, training=True)
        if not self.settings.discriminator_penalty:
            return judge(images), tf.constant(0.0)
        logits, squares = outputs_and_squares(judge, images)
        return logits, tf.reduce_mean(squares)

    def update_discriminator_alone(self, batch: Batch) -> Metrics:
        """One step of the warm-up, on a batch of its own; of the generator only the moving statistics change."""
        roll = random_roll(self.settings.shift, self.seed, self.discriminator_optimizer.iterations)
        return self.update_discriminator(roll(batch.hr), roll(self.generator(batch.lr, training=True)))
