"""SRResNet: the generator alone, against the content loss (Ledig et al. 1609.04802, section 2.2.1)."""

from __future__ import annotations

import tensorflow as tf

from srgan.data.batches import Batch
from srgan.training.distribute import share
from srgan.training.recipe import Metrics, Recipe


class Pixel(Recipe):
    """Minimise the content loss."""

    def update(self, batch: Batch) -> Metrics:
        """One step of the generator."""
        with tf.GradientTape() as generator_tape:
            sr = self.generator(batch.lr, training=True)  # (B, H, W, 3)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(sr)
            loss, metrics = self.content_terms(batch, sr)
            scaled = self.optimizer.scale_loss(share(loss))
        self.update_generator(generator_tape, sr, tape.gradient(scaled, sr))
        return metrics | {"loss": loss}
