"""Fold batch normalisation into the convolutions before it, in the arrays of a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from srgan.models.architecture import EPSILON, norm_of
from srgan.models.stored import Weights


def fold(generator: Mapping[str, Any], weights: Weights) -> Weights:
    """The same network with the same layers, whose batch normalisations only add a bias.

    A convolution followed by a scale and an offset of each channel equals a convolution with a bias. The normalisation
    that is left has mean 0, variance 1 - EPSILON, gamma 1, and the bias as beta. Folding twice changes nothing more.

    Args:
        generator: the network's description; one without batch normalisation is returned as it is.
        weights: its arrays.
    """
    if generator["norm"] != "batch":
        return weights
    folded = dict(weights)
    for conv in [name for name in weights if norm_of(name) in weights and norm_of(name) != name]:
        gamma, beta, mean, variance = (array.astype(np.float64) for array in weights[norm_of(conv)])
        scale = gamma / np.sqrt(variance + EPSILON)  # (C,)
        norm = [np.ones_like(beta), beta - mean * scale, np.zeros_like(beta), np.full_like(beta, 1 - EPSILON)]
        folded[conv] = [(weights[conv][0] * scale).astype(np.float32)]
        folded[norm_of(conv)] = [array.astype(np.float32) for array in norm]
    return folded
