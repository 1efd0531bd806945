"""The typed shape of params.yaml: every setting, its type and its bounds. A wrong one is one clear sentence."""

from __future__ import annotations

import difflib
import warnings
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from srgan.errors import UserError


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
Content = Annotated[str, Field(pattern=r"^(mse|vgg(1[1-2]|2[1-2]|3[1-4]|4[1-4]|5[1-4]))$")]


class Section(BaseModel):
    """A section of params.yaml: no key but those named, no value changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Data(Section):
    """Which photographs to train on and to measure with."""

    train: str = Field(min_length=1)
    benchmarks: list[str] = Field(min_length=1)
    vgg19: str = Field(min_length=1)
    mirrors: list[str]
    on_bad_image: Literal["error", "skip"]
    max_pixels: Positive


class Patches(Section):
    """How photographs are cut into HR/LR pairs."""

    size: Positive
    photos_per_shard: Positive
    workers: Literal[-1] | Positive
    backend: Literal["loky", "threading", "dask", "ray", "spark"]


class Generator(Section):
    """SRResNet, the generator of every stage."""

    blocks: Positive
    filters: Positive
    norm: Norm
    skip: Literal["none", "bicubic"]


class Discriminator(Section):
    """The discriminator of gan and vgg, and the critic of wgan."""

    filters: Positive
    norm: Norm
    head: Literal["dense", "pool"]
    units: Positive


class Training(Section):
    """What all training stages share."""

    crop: Positive
    precision: Literal["float32", "mixed_bfloat16", "mixed_float16"]
    jit: Literal["auto", "on", "off"]
    log_every: Positive
    validate_every: Positive
    checkpoint_every: Positive
    validation: str = Field(min_length=1)
    validation_images: Positive
    reference_size: Positive

    @model_validator(mode="after")
    def _whole_log_intervals(self) -> Training:
        if self.validate_every % self.log_every:
            raise ValueError(f"validate_every must be a multiple of log_every ({self.log_every})")
        return self


class Stage(Section):
    """What every training stage has: its length, its learning rate, its content loss."""

    iterations: Positive
    batch_size: Positive
    optimizer: Literal["adam", "rmsprop"]
    beta_1: Fraction
    lr: Rate
    lr_schedule: Literal["constant", "steps", "cosine"]
    lr_warmup: Natural
    lr_drop_at: list[Annotated[Float, Field(gt=0, lt=1)]]
    lr_drop_factor: Annotated[Float, Field(gt=0, le=1)]
    ema: Fraction
    content: Content
    content_weight: Weight
    pixel_weight: Weight
    total_variation: Weight
    grid_weight: Weight


class Adversarial(Stage):
    """A stage with a discriminator (Ledig et al. 2017; label smoothing of Salimans et al. 2016)."""

    adversarial_weight: Weight
    shift: Natural
    real_label: Annotated[Float, Field(gt=0, le=1)]
    fake_label: Annotated[Float, Field(ge=0, lt=1)]

    @model_validator(mode="after")
    def _labels_in_order(self) -> Adversarial:
        if self.fake_label >= self.real_label:
            raise ValueError(f"fake_label must be below real_label ({self.real_label})")
        return self


class Wasserstein(Stage):
    """A stage with a critic (Arjovsky et al. 2017; gradient penalty of Gulrajani et al. 2017)."""

    critic_lr: Rate
    n_critic: Positive
    warmup_critic: Positive
    warmup_iterations: Natural
    warmup_every: Natural
    constraint: Literal["clip", "gradient_penalty"]
    clip: Rate
    penalty: Rate
    norm: Norm
    weighting: Literal["balanced", "fixed"]
    adversarial_weight: Weight
    shift: Natural

    @model_validator(mode="after")
    def _penalty_wants_no_batch_statistics(self) -> Wasserstein:
        if self.constraint == "gradient_penalty" and self.norm in ("batch", "virtual"):
            raise ValueError(
                f"constraint gradient_penalty needs norm layer or none, not {self.norm}: "
                "the penalty is on each sample's own gradient, and such a norm mixes samples"
            )
        return self


with warnings.catch_warnings():
    # Every pydantic model inherits a method `register`; here it is a setting.
    warnings.filterwarnings("ignore", 'Field name "register"')

    class Evaluate(Section):
        """What the table shows, and which network is offered for use."""

        crop: Positive
        pictures: Positive
        register: Literal["none", "pretrain", "gan", "vgg", "wgan"]
        champion_metric: Literal["psnr_y", "ssim_y", "spectral_distance"]
        champion_psnr_y: Float


class Params(Section):
    """The whole of params.yaml."""

    seed: Annotated[Natural, Field(lt=2**31)]
    scale: Literal[2, 3, 4, 8]
    data: Data
    patches: Patches
    generator: Generator
    discriminator: Discriminator
    training: Training
    pretrain: Stage
    gan: Adversarial
    vgg: Adversarial
    wgan: Wasserstein
    evaluate: Evaluate

    @model_validator(mode="after")
    def _watched_set_is_measured(self) -> Params:
        names = [Path(benchmark).name for benchmark in self.data.benchmarks]
        if self.training.validation not in names:
            raise ValueError(
                f"training.validation is {self.training.validation!r}; it must be one of data.benchmarks "
                f"({', '.join(names)})"
            )
        return self

    @model_validator(mode="after")
    def _sizes_fit(self) -> Params:
        for key, value in (("training.crop", self.training.crop), ("patches.size", self.patches.size)):
            if value % self.scale:
                raise ValueError(f"{key} is {value}; it must be a multiple of scale ({self.scale})")
        if self.training.crop > self.patches.size:
            raise ValueError(
                f"training.crop is {self.training.crop}; it must fit in patches.size ({self.patches.size})"
            )
        if self.training.crop % 16 and self.discriminator.head == "dense":
            raise ValueError(
                f"training.crop is {self.training.crop}; with discriminator.head dense it must be a multiple of 16"
            )
        return self


def load_params(path: Path | str = "params.yaml") -> Params:
    """Read and check a params file.

    Args:
        path: the YAML file.

    Returns:
        The settings, typed.

    Raises:
        UserError: no such file, not YAML, or wrong settings. The message names every wrong key, its value
            and what is allowed.
    """
    path = Path(path)
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; run in the project's folder, where params.yaml is") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UserError(f"{path}: cannot be read as YAML: {' '.join(str(error).split())}") from None
    try:
        return Params.model_validate(raw)
    except ValidationError as error:
        lines = [_sentence(item) for item in error.errors()]
        raise UserError(f"{path}: " + f"\n{path}: ".join(lines)) from None


def _sentence(item: Any) -> str:
    """One pydantic error as a sentence: the key, the value it has, what is allowed."""
    key = ".".join(str(part) for part in item["loc"])
    value = item.get("input")
    match item["type"]:
        case "missing":
            return f"{key} is missing"
        case "extra_forbidden":
            near = difflib.get_close_matches(str(item["loc"][-1]), _keys(item["loc"][:-1]), n=1)
            parent = key.rpartition(".")[0]
            hint = f"; did you mean {'.'.join(filter(None, (parent, near[0])))}?" if near else ""
            return f"{key} is not a setting{hint}"
        case "value_error":
            message = str(item["ctx"]["error"])
            if isinstance(value, dict):
                return f"{key}: {message}" if key else message
            return f"{key} is {value!r}; {message}"
        case "model_type" | "model_attributes_type":
            return f"{key or 'the file'} is {value!r}; a section with settings is wanted"
        case "string_pattern_mismatch":
            return (
                f"{key} is {value!r}; allowed: mse, or vgg22, vgg54 or another VGG19 layer as vgg<block><convolution>"
            )
        case _:
            return f"{key} is {value!r}; {item['msg'][0].lower()}{item['msg'][1:]}"


def _keys(location: tuple[Any, ...]) -> list[str]:
    """The settings that exist at a place in the file."""
    model: Any = Params
    for part in location:
        model = model.model_fields[part].annotation
    return list(model.model_fields)
