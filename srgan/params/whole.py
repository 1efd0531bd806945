"""All of params.yaml, and the conditions between its sections."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from srgan.models.vgg_layers import layer_of, smallest_side
from srgan.params.degradation import Degradation
from srgan.params.sections import (
    Data,
    Discriminator,
    Evaluate,
    Features,
    Generator,
    Limits,
    Patches,
    check_adversary_norm,
)
from srgan.params.stages import (
    AdversarialSettings,
    StageSettings,
    TrainingSettings,
    WassersteinSettings,
    refuse_mixed_samples,
)
from srgan.params.values import Natural, Section
from srgan.pipeline import TRAINING_STAGES

# HR or LR pixels. They follow from modules that import TensorFlow, which takes seconds, and tests compare them.
DEGRADATION_MARGIN, JPEG_BLOCK = 4, 8  # srgan.degradation
SPECTRUM_SIDE = 12  # a smaller crop has fewer frequencies than srgan.losses.spectrum averages


class Params(Section):
    """The whole of params.yaml."""

    seed: Annotated[Natural, Field(lt=2**31)]
    scale: Literal[2, 3, 4, 8]
    data: Data
    limits: Limits
    patches: Patches
    generator: Generator
    discriminator: Discriminator
    features: Features
    degradation: Degradation
    training: TrainingSettings
    pretrain: StageSettings
    gan: AdversarialSettings
    vgg: AdversarialSettings
    wgan: WassersteinSettings
    evaluate: Evaluate

    @model_validator(mode="after")
    def _watched_set_is_measured(self) -> Params:
        names = self.data.benchmark_names
        if self.training.validation not in names:
            raise ValueError(
                f"training.validation is {self.training.validation!r}; it must be one of data.benchmarks "
                f"({', '.join(names)})"
            )
        return self

    @model_validator(mode="after")
    def _sizes_are_multiples_of_the_scale(self) -> Params:
        crops = {f"{stage}.crop": getattr(self, stage).crop for stage in TRAINING_STAGES}
        for key, value in (crops | {"patches.size": self.patches.size}).items():
            if value % self.scale:
                raise ValueError(f"{key} is {value}; it must be a multiple of scale ({self.scale})")
        return self

    @model_validator(mode="after")
    def _crops_fit(self) -> Params:
        for stage in TRAINING_STAGES:
            key, crop = f"{stage}.crop", getattr(self, stage).crop
            if crop > self.patches.size:
                raise ValueError(f"{key} is {crop}; it must fit in patches.size ({self.patches.size})")
            for least, why in self._least_crops(stage):
                if crop < least:
                    raise ValueError(f"{key} is {crop}; {why} it must be at least {least}")
            if stage != "pretrain":
                self._check_adversary_crop(key, crop)
        return self

    def _least_crops(self, stage: str) -> Iterator[tuple[int, str]]:
        """HR pixels that a stage's crop must have, and why."""
        settings = getattr(self, stage)
        if settings.consistency_weight:
            yield 5 * self.scale, f"with {stage}.consistency_weight"
        if self.degradation.orders:
            around = -(-DEGRADATION_MARGIN // self.scale)  # LR pixels
            yield self.scale * (JPEG_BLOCK - 2 * around), "with degradation.orders, as JPEG's blocks have 8 pixels,"
        if settings.spectrum_weight:
            yield SPECTRUM_SIDE, f"with {stage}.spectrum_weight"
        for layer in self._layers_of_stage(stage):
            yield smallest_side(layer), f"for {stage}.content, with {layer},"

    @model_validator(mode="after")
    def _networks_that_go_on_keep_their_crop(self) -> Params:
        if self.vgg.init == "gan" and self.vgg.crop != self.gan.crop and self._discriminator_has_a_size():
            raise ValueError(
                f"vgg.crop is {self.vgg.crop}, and gan.crop {self.gan.crop}: vgg goes on with gan's discriminator, "
                "which takes crops of one size; make them equal, or set vgg.init to pretrain"
            )
        if self.generator.norm == "virtual" and len({getattr(self, stage).crop for stage in TRAINING_STAGES}) > 1:
            raise ValueError("generator.norm is virtual: the reference batch wants the same crop in all stages")
        return self

    def _discriminator_has_a_size(self) -> bool:
        network, head, norm = self.discriminator.network, self.discriminator.head, self.discriminator.norm
        return network == "srgan" and (head == "dense" or norm == "virtual")

    def _check_adversary_crop(self, key: str, value: int) -> None:
        network = self.discriminator.network
        if network != "srgan":
            if value % 8:
                raise ValueError(f"{key} is {value}; with discriminator.network {network} it must be a multiple of 8")
        elif value % 16 and self.discriminator.head == "dense":
            raise ValueError(f"{key} is {value}; with discriminator.head dense it must be a multiple of 16")

    @model_validator(mode="after")
    def _critic_s_norm(self) -> Params:
        check_adversary_norm(self.discriminator.network, self.wgan.norm)
        return self

    @model_validator(mode="after")
    def _penalties_want_no_batch_statistics(self) -> Params:
        for name, stage in {"gan": self.gan, "vgg": self.vgg}.items():
            if stage.discriminator_penalty:
                refuse_mixed_samples(f"{name}.discriminator_penalty", "discriminator.norm", self.discriminator.norm)
        return self

    @model_validator(mode="after")
    def _stages_start_from_earlier_ones(self) -> Params:
        earlier = {"pretrain": (), "gan": ("pretrain",), "vgg": ("pretrain", "gan"), "wgan": ("pretrain",)}
        for name, stages in earlier.items():
            init = getattr(self, name).init
            if init in TRAINING_STAGES and init not in stages:
                allowed = " | ".join((*stages, "none", "the folder of a network"))
                raise ValueError(f"{name}.init is {init!r}; allowed: {allowed}")
        return self

    def layers_of(self, network: str) -> list[str]:
        """The layers of a VGG network, `vgg19` or `vgg16`, that the content losses compare, by Keras' names."""
        return sorted({layer for stage in TRAINING_STAGES for layer in self._layers_of_stage(stage, network)})

    def _layers_of_stage(self, stage: str, network: str | None = None) -> list[str]:
        """Those that a stage's content loss compares, of one network or, with None, of whichever it uses."""
        content = getattr(self, stage).content
        if content == "features" and network in (None, self.features.network):
            return list(self.features.layers)
        if content.startswith("vgg") and network in (None, "vgg19"):
            return [layer_of(content)]
        return []
