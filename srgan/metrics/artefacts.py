"""Three artefacts of networks: a mesh on smooth places, halos along edges, and a lattice of dots in textures.

The functions take luma planes in grey levels of 255 and return NaN for a picture in which the artefact cannot be
measured.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import ndimage

SMOOTH_WINDOW = 16  # LR pixels of a side
SMOOTH = 12.0  # levels; the standard deviation of a window is lower on skin, sky and plain backgrounds
EDGE = 100.0  # levels between a pixel and its neighbours: a hard contour
EDGE_REACH = 2  # LR pixels; halos are measured up to this distance from a contour
TEXTURE_WINDOW = 32  # HR pixels of a side
TEXTURED = 8.0  # levels; the standard deviation of a window is higher on fur, leaves and cloth
FEWEST_TEXTURED = 16  # windows; with fewer, single frequencies stand out by chance, as if there were a lattice
FAINT = 1.0  # level^2 of a noise; the power of fainter ones counts as next to nothing


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


def lattice(sr: np.ndarray, hr: np.ndarray, scale: int) -> float:
    """How far one spatial frequency stands out of the textures of a picture: a lattice of dots, a honeycomb, stripes.

    Where LR does not say which pixel of a texture is bright, a network can fill it with dots at regular distances.
    They have the same frequencies in every window, and the irregular detail of photographs has not. So the power of
    each frequency is averaged, in decibels, over the windows with texture, which overlap by half, and compared with
    the median of the 5 x 5 frequencies around it. Frequencies up to 1.5 times LR's highest are left out, because LR
    says what there is at them.

    Args:
        sr: luma (H, W).
        hr: luma of the photograph. Its windows with a standard deviation above TEXTURED have texture; what stands out
            of them is in the photograph, such as the threads of a cloth, and is subtracted.
        scale: HR pixels per LR pixel, along each side.

    Returns:
        Decibels. 0 for the photograph itself; some tenths are chance, more in small pictures. NaN where fewer than
        FEWEST_TEXTURED windows have texture.
    """
    side = TEXTURE_WINDOW
    if min(hr.shape) < side:
        return math.nan
    sums, count = np.zeros((2, side, side)), 0
    for top in range(0, hr.shape[0] - side + 1, side // 2):
        rows = np.stack([plane[top : top + side].astype(np.float64) for plane in (sr, hr)])  # (2, S, W)
        windows = np.lib.stride_tricks.sliding_window_view(rows, side, axis=2)[:, :, :: side // 2]  # (2, S, n, S)
        windows = windows.transpose(0, 2, 1, 3)  # (2, n, S, S)
        windows = windows[:, windows[1].std(axis=(1, 2)) > TEXTURED]
        sums += _decibels(windows).sum(axis=1)
        count += windows.shape[1]
    if count < FEWEST_TEXTURED:
        return math.nan
    waves = np.abs(np.fft.fftfreq(side, 1 / side))  # in a window
    unknown = np.maximum.outer(waves, waves) > 1.5 * (side / 2 / scale)
    ours, wanted = ((level - ndimage.median_filter(level, 5, mode="wrap"))[unknown] for level in sums / count)
    return float((ours - np.maximum(wanted, 0)).max())


def _decibels(windows: np.ndarray) -> np.ndarray:
    """The power of each frequency of windows (2, n, S, S), which fade to their mean at the borders."""
    hann = np.hanning(windows.shape[-1] + 2)[1:-1]
    weights = np.outer(hann, hann)
    means = (windows * weights).sum(axis=(-2, -1), keepdims=True) / weights.sum()
    power = np.abs(np.fft.fft2((windows - means) * weights)) ** 2 / (weights**2).sum()
    return 10 * np.log10(power + FAINT)
