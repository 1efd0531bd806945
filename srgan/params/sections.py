"""The sections of params.yaml that are not training stages."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from srgan.models.vgg_layers import kernel_shapes
from srgan.params.values import AdversaryNorm, Float, Int, Natural, Norm, Positive, Section, Share, Weight


class Data(Section):
    """Which photographs to train on and to measure with."""

    train: str = Field(min_length=1)
    benchmarks: list[str] = Field(min_length=1)
    vgg19: str = Field(min_length=1)
    features: str = Field(min_length=1)
    mirrors: list[str]
    on_bad_image: Literal["error", "skip"]
    max_pixels: Positive

    @property
    def benchmark_names(self) -> list[str]:
        """The names of the sets: a folder's last part and its steps, even if a slash stands before the steps."""
        return [Path(re.sub(r"/+(?=(\+[a-z]+[\d.]+)+$)", "", benchmark)).name for benchmark in self.benchmarks]


class Limits(Section):
    """What photographs must keep to, and what of it stops the pipeline."""

    errors: list[Literal["leaks", "duplicates", "flagged", "unreadable", "jpeg_quality", "drift"]]
    leaks: Natural
    duplicates: Share
    flagged: Share
    unreadable: Share
    jpeg_quality: Annotated[Natural, Field(le=100)]
    drift: Weight


def _some_or_all(workers: int) -> int:
    if workers != -1 and workers < 1:
        raise ValueError("allowed: -1, which is one per core, or at least 1")
    return workers


def _different(factors: list[int]) -> list[int]:
    if len(set(factors)) < len(factors):
        raise ValueError("a factor stands twice, and would cut the same patches twice; leave one out")
    return factors


class Patches(Section):
    """How photographs are cut into HR/LR pairs."""

    size: Positive
    shrink: Annotated[list[Positive], Field(min_length=1), AfterValidator(_different)]
    photos_per_shard: Positive
    workers: Annotated[Int, AfterValidator(_some_or_all)]
    backend: Literal["loky", "threading", "dask", "ray", "spark"]


class Generator(Section):
    """SRResNet, the generator of every stage."""

    blocks: Positive
    filters: Positive
    norm: Norm
    skip: Literal["none", "bicubic"]


class Discriminator(Section):
    """The discriminator of gan and vgg, and the critic of wgan."""

    network: Literal["srgan", "unet", "projected"]
    filters: Positive
    norm: AdversaryNorm
    head: Literal["dense", "pool"]
    units: Positive

    @model_validator(mode="after")
    def _norm_of_the_network(self) -> Discriminator:
        check_adversary_norm(self.network, self.norm)
        return self


def check_adversary_norm(network: str, norm: str) -> None:
    """Refuse a normalisation that a discriminator does not have.

    Raises:
        ValueError: only the paper's has it; pydantic adds the name of the section.
    """
    if network != "srgan" and norm not in ("spectral", "none"):
        raise ValueError(f"network {network} needs norm spectral or none, not {norm}")


class Features(Section):
    """What the content loss `features` compares."""

    network: Literal["vgg16", "vgg19"]
    layers: dict[str, Weight] = Field(min_length=1)
    activation: Literal["before", "after"]
    distance: Literal["l1", "l2"]
    normalise: Literal["none", "mean", "unit"]

    @model_validator(mode="after")
    def _layers_of_the_network(self) -> Features:
        known = kernel_shapes(self.network)
        for layer in self.layers:
            if layer not in known:
                raise ValueError(f"layers names {layer!r}; {self.network} has {', '.join(known)}")
        if not any(self.layers.values()):
            raise ValueError("all weights of layers are 0, so nothing would be learned; raise one")
        return self


with warnings.catch_warnings():
    # Every pydantic model inherits a method `register`; here it is a setting.
    warnings.filterwarnings("ignore", 'Field name "register"')

    class Evaluate(Section):
        """What the table shows, and which network is offered for use."""

        crop: Positive
        pictures: Positive
        register: Literal["none", "pretrain", "gan", "vgg", "wgan"]
        champion_metric: Literal["psnr_y", "ssim_y", "lr_psnr", "perceptual_distance", "spectral_distance"]
        champion_psnr_y: Float
        champion_mesh: Weight
