"""Two artefacts of networks, measured in grey levels of 255: a mesh, and halos along edges.

Both functions take luma planes and return NaN for a picture in which the artefact cannot be measured.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import ndimage

SMOOTH_WINDOW = 16  # LR pixels of a side
SMOOTH = 12.0  # levels; the standard deviation of a window is lower on skin, sky and plain backgrounds
EDGE = 100.0  # levels between a pixel and its neighbours: a hard contour
EDGE_REACH = 2  # LR pixels; halos are measured up to this distance from a contour


def mesh(sr: np.ndarray, hr: np.ndarray, scale: int) -> float:
    """How strong a pattern with the period of an LR pixel is in the smooth parts of a photograph.

    In a window of SMOOTH_WINDOW LR pixels the error SR - HR is averaged for each of the scale^2 sub-pixels; the
    standard deviation of these means is the mesh of the window. Windows overlap by half.

    Args:
        sr: luma (H, W).
        hr: luma of the photograph; its windows with a standard deviation below SMOOTH are smooth.
        scale: HR pixels per LR pixel, along each side.

    Returns:
        Levels, in the worst smooth window: 1 for a checkerboard of +-1 level. NaN where no window is smooth.
    """
    side = SMOOTH_WINDOW * scale
    worst = math.nan
    for top in range(0, hr.shape[0] - side + 1, side // 2):
        for left in range(0, hr.shape[1] - side + 1, side // 2):
            window = np.s_[top : top + side, left : left + side]
            if hr[window].std() < SMOOTH:
                error = (sr[window] - hr[window]).reshape(SMOOTH_WINDOW, scale, SMOOTH_WINDOW, scale)
                worst = float(np.fmax(worst, error.mean(axis=(0, 2)).std()))
    return worst


def halo(sr: np.ndarray, hr: np.ndarray, scale: int) -> float:
    """How far a picture overshoots along the edges of a photograph: ringing, halos, second contours.

    Each pixel of SR is compared with the least and the greatest value of HR within one LR pixel of it, and only what
    lies outside this range counts. So an edge that is blurred or displaced by less than an LR pixel is not a halo.

    Args:
        sr: luma (H, W).
        hr: luma of the photograph. Its edges are where a pixel and its eight neighbours span more than EDGE levels.
        scale: HR pixels per LR pixel, along each side.

    Returns:
        Levels, the mean over all pixels within EDGE_REACH LR pixels of an edge. NaN where there is no edge.
    """
    contour = ndimage.maximum_filter(hr, 3) - ndimage.minimum_filter(hr, 3) > EDGE
    near = ndimage.maximum_filter(contour, 2 * EDGE_REACH * scale + 1)
    if not near.any():
        return math.nan
    neighbourhood = 2 * scale + 1
    above = sr - ndimage.maximum_filter(hr, neighbourhood)
    below = ndimage.minimum_filter(hr, neighbourhood) - sr
    return float(np.maximum(np.maximum(above, below), 0)[near].mean())
