"""SRGAN: generator against discriminator (Ledig et al. 1609.04802, eq. 2, 3 and 6)."""

from __future__ import annotations

import keras
import tensorflow as tf

from srgan.data.batches import Batch
from srgan.params import Adversarial as Settings
from srgan.training.distribute import share
from srgan.training.losses import ContentLoss, adversarial_loss, discriminator_loss
from srgan.training.optimizers import build_optimizer
from srgan.training.recipe import Metrics, Recipe, random_roll


class Adversarial(Recipe):
    """Content loss plus -log D(G(lr)), while the discriminator learns to tell SR from HR.

    Args:
        stage: the settings of gan or vgg, which differ in the content loss alone.
        generator: the network that is kept.
        discriminator: image -> logit.
        content: the content loss.
        precision: the policy the networks were built with.
        jit: compile the step with XLA.
    """

    stage: Settings

    def __init__(
        self,
        stage: Settings,
        generator: keras.Model,
        discriminator: keras.Model,
        content: ContentLoss,
        *,
        precision: str = "float32",
        jit: bool = False,
    ):
        super().__init__(stage, generator, content, precision=precision, jit=jit)
        self.discriminator = discriminator
        self.discriminator_optimizer = build_optimizer(stage, stage.lr, precision)
        self.discriminator_optimizer.build(discriminator.trainable_variables)
        self.learning_rates.append((self.discriminator_optimizer, stage.lr))
        self.networks["discriminator"] = discriminator

    def update(self, batch: Batch) -> Metrics:
        """One step of the discriminator, then one of the generator, on one forward pass of the generator."""
        with tf.GradientTape() as generator_tape:
            sr = self.generator(batch.lr, training=True)  # (B, H, W, 3)

        roll = random_roll(self.stage.shift, self.optimizer.iterations)
        with tf.GradientTape() as tape:
            real = self.discriminator(roll(batch.hr), training=True)  # (B, 1)
            fake = self.discriminator(roll(tf.stop_gradient(sr)), training=True)
            d_loss = discriminator_loss(real, fake, self.stage.real_label, self.stage.fake_label)
            scaled = self.discriminator_optimizer.scale_loss(share(d_loss))
        weights = self.discriminator.trainable_variables
        gradients = tape.gradient(scaled, weights)
        self.discriminator_optimizer.apply(gradients, weights)

        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(sr)
            content, metrics = self.content_terms(batch, sr)
            adversarial = adversarial_loss(self.discriminator(roll(sr), training=True))
            loss = content + self.stage.adversarial_weight * adversarial
            scaled = self.optimizer.scale_loss(share(loss))
        self.update_generator(generator_tape, sr, tape.gradient(scaled, sr))

        return metrics | {"loss": loss, "adversarial_loss": adversarial, "discriminator_loss": d_loss}
