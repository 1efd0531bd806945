"""Kinds of settings that several sections have."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class Section(BaseModel):
    """A section of params.yaml: no key but those named, no value changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _no_bool(value: Any) -> Any:
    """A bare `yes` in YAML is True, and True would pass for the number 1."""
    if isinstance(value, bool):
        raise ValueError("a number is wanted, not true or false")
    return value


# `5e-06` is a string to YAML 1.1 (and what `dvc exp run -S lr=5e-6` writes); pydantic makes a float of it.
Int = Annotated[int, BeforeValidator(_no_bool)]
Float = Annotated[float, BeforeValidator(_no_bool), Field(allow_inf_nan=False)]
Natural = Annotated[Int, Field(ge=0)]
Positive = Annotated[Int, Field(ge=1)]
Rate = Annotated[Float, Field(gt=0)]
Weight = Annotated[Float, Field(ge=0)]
Fraction = Annotated[Float, Field(ge=0, lt=1)]

Norm = Literal["batch", "virtual", "layer", "none"]
Content = Annotated[str, Field(pattern=r"^(mse|l1|features|vgg(1[1-2]|2[1-2]|3[1-4]|4[1-4]|5[1-4]))$")]
