"""Average eight enlargements of a picture, rotated and mirrored: the self-ensemble of Timofte et al. 1511.02228."""

from __future__ import annotations

from itertools import product

import numpy as np

from srgan.inference.network import Network


def ensemble(network: Network) -> Network:
    """Make a network whose result is the mean over the eight symmetries of a picture, at eight times the work.

    Detail that the network invents in one direction only is averaged out: the result has the picture's symmetries.
    """

    def enlarged(lr: np.ndarray, turns: int, flipped: bool) -> np.ndarray:
        seen = np.rot90(lr[:, ::-1] if flipped else lr, turns)
        sr = np.rot90(network(np.ascontiguousarray(seen)), -turns)
        return sr[:, ::-1] if flipped else sr

    def averaged(lr: np.ndarray) -> np.ndarray:
        first, *others = product(range(4), (False, True))
        total = enlarged(lr, *first).copy()
        for symmetry in others:
            total += enlarged(lr, *symmetry)
        return total / np.float32(8)

    return averaged
