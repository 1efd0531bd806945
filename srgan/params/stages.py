"""The settings of the training stages."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from srgan.params.values import (
    AboveZero,
    AdversaryNorm,
    Content,
    Float,
    Fraction,
    Natural,
    PixelLoss,
    Positive,
    Section,
    Share,
    Weight,
)


def refuse_mixed_samples(penalty: str, key: str, norm: str) -> None:
    """Raise ValueError where a network whose gradient is penalised has a norm of whole batches.

    Args:
        penalty: the setting that wants each sample's own gradient.
        key: of the norm.
        norm: its value.
    """
    if norm in ("batch", "virtual"):
        raise ValueError(
            f"{penalty} needs {key} layer, spectral or none, not {norm}: "
            "the penalty is on each sample's own gradient, and such a norm mixes samples"
        )


class TrainingSettings(Section):
    """Settings that are the same for all training stages."""

    precision: Literal["float32", "mixed_bfloat16", "mixed_float16"]
    jit: Literal["auto", "on", "off"]
    threads: Natural
    log_every: Positive
    validate_every: Positive
    checkpoint_every: Positive
    validation: str = Field(min_length=1)
    validation_images: Positive
    reference_size: Positive

    @model_validator(mode="after")
    def _whole_log_intervals(self) -> TrainingSettings:
        if self.validate_every % self.log_every:
            raise ValueError(f"validate_every must be a multiple of log_every ({self.log_every})")
        return self


class StageSettings(Section):
    """Settings of every training stage: its start, its length, its learning rate, its content loss."""

    init: str = Field(min_length=1)
    crop: Positive
    iterations: Positive
    batch_size: Positive
    optimizer: Literal["adam", "rmsprop"]
    beta_1: Fraction
    beta_2: Fraction
    lr: AboveZero
    lr_schedule: Literal["constant", "steps", "cosine"]
    lr_warmup: Natural
    lr_drop_at: list[Annotated[Float, Field(gt=0, lt=1)]]
    lr_drop_factor: Annotated[Float, Field(gt=0, le=1)]
    ema: Fraction
    population_from: Share
    content: Content
    content_weight: Weight
    pixel_loss: PixelLoss
    pixel_weight: Weight
    total_variation: Weight
    grid_weight: Weight
    consistency_weight: Weight
    halo_weight: Weight
    spectrum_weight: Weight
    shift: Natural

    @model_validator(mode="after")
    def _something_to_learn(self) -> StageSettings:
        weights = (self.content_weight, self.pixel_weight, self.total_variation, self.grid_weight)
        more = (self.consistency_weight, self.halo_weight, self.spectrum_weight)
        if not any(weights + more) and not self._adversary_is_enough():
            raise ValueError("all weights of losses are 0, so nothing would be learned; raise content_weight")
        return self

    def _adversary_is_enough(self) -> bool:
        return False


class WithAdversary(StageSettings):
    """A stage in which a second network, a discriminator or a critic, looks at the generator's images."""

    weighting: Literal["balanced", "fixed"]
    adversarial_weight: Weight

    def _adversary_is_enough(self) -> bool:
        # With `balanced` and no other loss, its weight would be 0.
        return self.weighting == "fixed" and self.adversarial_weight > 0


class AdversarialSettings(WithAdversary):
    """A stage with a discriminator (Ledig et al. 2017; label smoothing of Salimans et al. 2016)."""

    game: Literal["standard", "relativistic", "paired"]
    discriminator_lr: AboveZero
    discriminator_steps: Positive
    discriminator_warmup: Natural
    discriminator_penalty: Weight
    real_label: Annotated[Float, Field(gt=0, le=1)]
    fake_label: Annotated[Float, Field(ge=0, lt=1)]

    @model_validator(mode="after")
    def _labels_in_order(self) -> AdversarialSettings:
        if self.fake_label >= self.real_label:
            raise ValueError(f"fake_label must be below real_label ({self.real_label})")
        return self


class WassersteinSettings(WithAdversary):
    """A stage with a critic (Arjovsky et al. 2017; gradient penalty of Gulrajani et al. 2017)."""

    critic_lr: AboveZero
    n_critic: Positive
    warmup_critic: Positive
    warmup_iterations: Natural
    warmup_every: Natural
    constraint: Literal["clip", "gradient_penalty"]
    clip: AboveZero
    penalty: AboveZero
    norm: AdversaryNorm

    @model_validator(mode="after")
    def _penalty_wants_no_batch_statistics(self) -> WassersteinSettings:
        if self.constraint == "gradient_penalty":
            refuse_mixed_samples("constraint gradient_penalty", "norm", self.norm)
        return self
