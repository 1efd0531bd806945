"""SRResNet: the generator alone, against the content loss (Ledig et al. 1609.04802, section 2.2.1)."""

from __future__ import annotations

import tensorflow as tf

from srgan.data.batches import Batch
from srgan.losses.generator import Metrics
from srgan.recipes.recipe import Recipe


class Pixel(Recipe):
    """Minimise the content loss."""

    def update(self, batch: Batch) -> Metrics:
        """One step of the generator."""
        with tf.GradientTape() as tape:
            sr = self.generator(batch.lr, training=True)  # (B, H, W, 3)
        gradient, metrics = self.loss.gradient(batch, sr)
        self.update_generator(tape, sr, gradient)
        return metrics
