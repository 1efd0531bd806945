"""The section `degradation`: how HR is degraded to LR."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from srgan.params.values import AboveZero, Float, Int, Section, Share, Weight, no_bool


def _in_order(bounds: tuple[float, float]) -> tuple[float, float]:
    if bounds[0] > bounds[1]:
        raise ValueError("the lower bound comes first")
    return bounds


def _odd(bounds: tuple[float, float]) -> tuple[float, float]:
    if not all(bound % 2 == 1 for bound in bounds):
        raise ValueError("odd numbers of pixels are wanted, so that a kernel has a middle")
    return bounds


WeightRange = Annotated[tuple[Weight, Weight], AfterValidator(_in_order)]
AboveZeroRange = Annotated[tuple[AboveZero, AboveZero], AfterValidator(_in_order)]
_Cutoff = Annotated[Float, Field(gt=0, le=1)]
CutoffRange = Annotated[tuple[_Cutoff, _Cutoff], AfterValidator(_in_order)]
_Side = Annotated[Int, Field(ge=3, le=21)]  # srgan.degradation.blur holds kernels in 21 x 21
SideRange = Annotated[tuple[_Side, _Side], AfterValidator(_in_order), AfterValidator(_odd)]
_Quality = Annotated[Int, Field(ge=1, le=100)]
QualityRange = Annotated[tuple[_Quality, _Quality], AfterValidator(_in_order)]


class _Weights(Section):
    """How often each of several cases comes, relative to the others."""

    @model_validator(mode="after")
    def _one_at_least(self) -> _Weights:
        if not any(dict(self).values()):
            raise ValueError("one of the weights must be more than 0")
        return self


class Kernels(_Weights):
    """Kinds of blur kernels, as Wang et al. 2021 name them."""

    isotropic: Weight
    anisotropic: Weight
    generalised_isotropic: Weight
    generalised_anisotropic: Weight
    plateau_isotropic: Weight
    plateau_anisotropic: Weight
    sinc: Weight


class Directions(_Weights):
    """Whether a picture becomes larger or smaller."""

    up: Weight
    down: Weight
    keep: Weight


class Order(Section):
    """Blur, resize, noise and JPEG, once."""

    blur: Share
    kernels: Kernels
    side: SideRange
    sigma: AboveZeroRange
    generalised: AboveZeroRange
    plateau: AboveZeroRange
    cutoff: CutoffRange
    resize: Directions
    factor: AboveZeroRange
    gaussian: Share
    noise: WeightRange
    poisson: WeightRange
    grey: Share
    jpeg: QualityRange
    halved_colours: Share

    @model_validator(mode="after")
    def _up_is_up(self) -> Order:
        if (self.resize.up and self.factor[1] < 1) or (self.resize.down and self.factor[0] > 1):
            raise ValueError(
                f"factor {list(self.factor)} must reach below 1 for resize.down, and above 1 for resize.up"
            )
        return self


class Degradation(Section):
    """The section `degradation`."""

    orders: Annotated[Literal[0, 1, 2], BeforeValidator(no_bool)]
    interpolations: list[Literal["area", "bilinear", "bicubic"]] = Field(min_length=1)
    antialias: bool
    first: Order
    last: Order
    final_sinc: Share
    final_cutoff: CutoffRange
