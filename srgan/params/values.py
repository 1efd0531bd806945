"""Types of settings that several sections use."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from srgan.models.vgg_layers import layer_of


class Section(BaseModel):
    """A section of params.yaml: unknown keys are refused, and values cannot be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def no_bool(value: Any) -> Any:
    """Refuse true and false, which would pass for 1 and 0."""
    if isinstance(value, bool):
        raise ValueError("it must be a number, not true or false")
    return value


Int = Annotated[int, BeforeValidator(no_bool)]
Float = Annotated[float, BeforeValidator(no_bool), Field(allow_inf_nan=False)]
Natural = Annotated[Int, Field(ge=0)]
Positive = Annotated[Int, Field(ge=1)]
AboveZero = Annotated[Float, Field(gt=0)]
Weight = Annotated[Float, Field(ge=0)]
Fraction = Annotated[Float, Field(ge=0, lt=1)]
Share = Annotated[Float, Field(ge=0, le=1)]

Norm = Literal["batch", "virtual", "layer", "none"]
AdversaryNorm = Literal["batch", "virtual", "layer", "spectral", "none"]  # of a discriminator or critic


PIXEL_LOSSES = ("mse", "l1")  # functions of srgan.losses.pixel


def _known_content(name: str) -> str:
    if name not in (*PIXEL_LOSSES, "features"):
        try:
            layer_of(name)
        except ValueError:
            raise ValueError(
                f"allowed: {', '.join(PIXEL_LOSSES)}, features, or vgg22, vgg54 or another VGG19 layer as "
                "vgg<block><convolution>"
            ) from None
    return name


def _known_pixel_loss(name: str) -> str:
    if name not in PIXEL_LOSSES:
        raise ValueError(f"allowed: {', '.join(PIXEL_LOSSES)}")
    return name


Content = Annotated[str, AfterValidator(_known_content)]
PixelLoss = Annotated[str, AfterValidator(_known_pixel_loss)]
