"""The typed shape of params.yaml: every setting, its type and its bounds. A mistake is reported in one sentence."""

from srgan.params.read import load_params, parse_params
from srgan.params.sections import Discriminator, Evaluate, Features, Generator
from srgan.params.stages import (
    AdversarialSettings,
    StageSettings,
    TrainingSettings,
    WassersteinSettings,
    WithAdversary,
)
from srgan.params.whole import Params

__all__ = [
    "AdversarialSettings",
    "Discriminator",
    "Evaluate",
    "Features",
    "Generator",
    "Params",
    "StageSettings",
    "TrainingSettings",
    "WassersteinSettings",
    "WithAdversary",
    "load_params",
    "parse_params",
]
