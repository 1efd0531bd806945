"""The loss of a generator: all its terms, as one gradient at SR."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import keras
import tensorflow as tf

from srgan.data.batches import Batch
from srgan.losses.content import PIXEL_LOSSES
from srgan.losses.pixel import ContentLoss, consistency_loss, grid_loss, halo_loss, total_variation
from srgan.losses.replicas import share, sum_over_replicas
from srgan.losses.shift import random_roll
from srgan.losses.spectrum import spectrum_loss
from srgan.params import StageSettings, WithAdversary

MOST_PSNR = 100.0  # dB
Metrics = dict[str, tf.Tensor]  # name: scalar


@dataclass(frozen=True)
class Adversary:
    """A network that the generator is trained against, and the weight of its loss.

    Attributes:
        settings: the stage's, of which the weight is used.
        loss: SR (B, H, W, 3) -> the adversarial loss, a scalar.
    """

    settings: WithAdversary
    loss: Callable[[tf.Tensor], tf.Tensor]

    def weight(self, gradient: tf.Tensor, from_adversary: tf.Tensor) -> tf.Tensor:
        """The factor of the adversary's gradient at SR.

        With `weighting: fixed` it is adversarial_weight. With `balanced` the adversary's part of the gradient becomes
        adversarial_weight times as long as the rest (the adaptive weight of Esser et al. 2012.09841, eq. 7, taken at
        SR), so that the scale of the adversary's output does not matter: a critic's is arbitrary.

        Args:
            gradient: the gradient of all other terms at SR, (B, H, W, 3).
            from_adversary: the gradient of the adversarial loss at SR, of the same shape.
        """
        weight = tf.constant(self.settings.adversarial_weight)
        if self.settings.weighting == "fixed":
            return weight
        squares = [sum_over_replicas(tf.reduce_sum(tf.square(part))) for part in (gradient, from_adversary)]
        weight *= tf.sqrt(tf.math.divide_no_nan(*squares))
        # In mixed_float16 a gradient may overflow: the optimizer then skips the step and lowers its loss scale, and
        # the figures of the step must not look as if the run had diverged.
        return tf.where(tf.math.is_finite(weight), weight, 0.0)


class GeneratorLoss:
    """The content loss, the losses of pixels, and an adversary's loss, each with its weight.

    Args:
        settings: the stage's, with the weights of the terms.
        content: the content loss.
        optimizer: the generator's, which scales losses in mixed_float16, and counts the steps.
        seed: of the random shifts of images before VGG.
    """

    def __init__(self, settings: StageSettings, content: ContentLoss, optimizer: keras.optimizers.Optimizer, seed: int):
        self.settings, self.content, self.optimizer, self.seed = settings, content, optimizer, seed

    def gradient(self, batch: Batch, sr: tf.Tensor, adversary: Adversary | None = None) -> tuple[tf.Tensor, Metrics]:
        """The (scaled) gradient of this replica's share of the loss at SR (B, H, W, 3), and the figures.

        Args:
            batch: the LR that SR was made from, and the HR that it is compared with.
            sr: the generator's images.
            adversary: the network that the generator is trained against, in a stage that has one.
        """
        with tf.GradientTape(watch_accessed_variables=False, persistent=adversary is not None) as tape:
            tape.watch(sr)
            loss, metrics = self.terms(batch, sr)
            scaled = self.optimizer.scale_loss(share(loss))
            if adversary:
                adversarial = adversary.loss(sr)
                scaled_adversarial = self.optimizer.scale_loss(share(adversarial))
        gradient = tape.gradient(scaled, sr)  # (B, H, W, 3)
        if not adversary:
            return gradient, metrics | {"loss": loss}
        from_adversary = tape.gradient(scaled_adversarial, sr)  # (B, H, W, 3)
        weight = adversary.weight(gradient, from_adversary)
        metrics |= {"loss": loss + weight * adversarial, "adversarial_loss": adversarial, "weight": weight}
        return gradient + weight * from_adversary, metrics

    def terms(self, batch: Batch, sr: tf.Tensor) -> tuple[tf.Tensor, Metrics]:
        """The part of the loss that needs no adversary, and its figures."""
        hr, settings = batch.hr, self.settings
        limit = 0 if settings.content in PIXEL_LOSSES else settings.shift  # a shift does not change a loss of pixels
        roll = random_roll(limit, self.seed, self.optimizer.iterations)
        content = self.content(roll(hr), roll(sr))
        loss = settings.content_weight * content
        if settings.pixel_weight:
            loss += settings.pixel_weight * PIXEL_LOSSES[settings.pixel_loss](hr, sr)  # Wang et al. 1809.00219, eq. 3
        if settings.total_variation:
            loss += settings.total_variation * total_variation(sr)
        scale = hr.shape[1] // batch.lr.shape[1]
        if settings.grid_weight:
            loss += settings.grid_weight * grid_loss(hr, sr, scale)
        if settings.consistency_weight:
            loss += settings.consistency_weight * consistency_loss(hr, sr, scale)
        if settings.halo_weight:
            loss += settings.halo_weight * halo_loss(hr, sr, scale)
        if settings.spectrum_weight:
            loss += settings.spectrum_weight * spectrum_loss(hr, sr)
        # Of a flat crop SR can be exact; its infinite PSNR would hide that the others get worse.
        psnr = tf.reduce_mean(tf.minimum(tf.image.psnr(hr, sr, max_val=2.0), MOST_PSNR))
        return loss, {"content_loss": content, "train_psnr": psnr}
