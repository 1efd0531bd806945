"""Benchmark sets of worse pictures, named by how they are made: `bsd100+noise10+jpeg75`, `set5+blur1.2`.

A name is that of a set or folder and steps, each with a plus before it:

    blurS    HR is blurred by a Gaussian of S HR pixels before it is shrunk
    noiseS   Gaussian noise of S levels of 255 is added to LR
    jpegQ    LR is compressed by JPEG of quality Q, colours at half the resolution

Blurs come first; noise and JPEG follow in the order in which they are written. After each step a picture has 8 bits, as
a file has. HR stays as it is. The same name gives the same bytes on every machine: sums are of whole numbers, JPEG is
libjpeg's with whole numbers, and noise is a function of the set, the picture and the step.
"""

from __future__ import annotations

import difflib
import hashlib
import io
import itertools
import math
import re
import string
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from PIL import Image
from scipy.special import ndtri

from srgan.data.resize import shrink
from srgan.errors import UserError

STEPS = {  # what there is, its least and its largest number, what that is, and an example
    "blur": (0.1, 20.0, "HR pixels", "blur1.2"),
    "noise": (0.1, 100.0, "levels", "noise10"),
    "jpeg": (1, 100, "quality, a whole number", "jpeg75"),
}
WEIGHTS = 2**16  # what the whole-numbered weights of a blur add up to, about
REACH = 4  # standard deviations to which a blur is taken


class Step(NamedTuple):
    """One way in which pictures become worse."""

    kind: str  # of STEPS
    amount: float


def parse(name: str, is_folder: Callable[[str], bool] = lambda _: False) -> tuple[str, tuple[Step, ...]]:
    """Take a name apart: `bsd100+jpeg60` is bsd100 and one step; a name without a plus has none.

    Args:
        name: one of `data.benchmarks`.
        is_folder: whether there is a folder of a name, which may have a plus in it.

    Raises:
        UserError: nothing stands before the first plus, what stands behind one is no step, or blur comes after noise
            or JPEG.
    """
    words = name.split("+")
    places = ["+".join(words[:count]) for count in range(len(words), 0, -1)]
    place = next(filter(is_folder, places), words[0])
    if not place:
        raise UserError(f"data.benchmarks: {name!r} names no set before its first plus, as sample{name} does")
    steps = tuple(_step(word, name) for word in name.removeprefix(place).split("+")[1:])
    for before, after in itertools.pairwise(steps):
        if after.kind == "blur" and before.kind != "blur":
            raise UserError(
                f"data.benchmarks: in {name!r} blur comes after {before.kind}, but HR is blurred before there is LR "
                "to be noisy or compressed; put blur first"
            )
    return place, steps


def _step(word: str, name: str) -> Step:
    number = word.lstrip(string.ascii_letters)
    kind = word.removesuffix(number)
    if kind not in STEPS:
        near = difflib.get_close_matches(kind.lower(), STEPS, n=1)
        hint = f"did you mean {near[0]}{number}?" if near else f"steps are {', '.join(STEPS)} with a number"
        raise UserError(
            f"data.benchmarks: {name!r} is not a folder, and {word!r} is not a step such as noise10 or jpeg75; {hint}"
        )
    least, most, unit, example = STEPS[kind]
    pattern = r"\d+" if kind == "jpeg" else r"\d+(\.\d+)?"
    if not re.fullmatch(pattern, number, re.ASCII) or not least <= float(number) <= most:
        raise UserError(
            f"data.benchmarks: in {name!r}, {kind} needs a number from {least:g} to {most:g} ({unit}), as in {example}"
        )
    return Step(kind, float(number))


def degrade(hr: np.ndarray, steps: Iterable[Step], scale: int, seed: str) -> np.ndarray:
    """LR of a photograph, worse by some steps.

    Args:
        hr: uint8 (H, W, 3) or (H, W), sides multiples of the scale.
        steps: as `parse` gives them, blurs first.
        scale: HR pixels per LR pixel, along each side.
        seed: of the noise, any text; other texts give other noise.

    Returns:
        uint8 (H / scale, W / scale[, 3]).
    """
    steps = list(steps)
    for step in steps:
        if step.kind == "blur":
            hr = blur(hr, step.amount)
    lr = shrink(hr, scale)
    for number, step in enumerate(steps):
        if step.kind == "noise":
            lr = add_noise(lr, step.amount, f"{seed}/{number}")
        elif step.kind == "jpeg":
            lr = compress(lr, int(step.amount))
    return lr


def blur(image: np.ndarray, sigma: float) -> np.ndarray:
    """Convolve with a Gaussian, borders mirrored with the border pixel repeated.

    Args:
        image: uint8 (H, W) or (H, W, 3).
        sigma: standard deviation in pixels.

    Returns:
        uint8, the same shape.
    """
    reach = math.ceil(REACH * sigma)
    bell = np.exp(-((np.arange(-reach, reach + 1) / sigma) ** 2) / 2)
    weights = np.rint(WEIGHTS * bell / bell.sum()).astype(np.int64)
    summed = image.astype(np.int64)
    for axis in (0, 1):
        around = [(reach, reach) if each == axis else (0, 0) for each in range(image.ndim)]
        padded = np.moveaxis(np.pad(summed, around, "symmetric"), axis, 0)
        size = image.shape[axis]
        shifted = (weight * padded[start : start + size] for start, weight in enumerate(weights))
        summed = np.moveaxis(sum(shifted, np.zeros((), np.int64)), 0, axis)
    total = int(weights.sum()) ** 2
    return ((summed + total // 2) // total).astype(np.uint8)


def add_noise(image: np.ndarray, sigma: float, seed: str) -> np.ndarray:
    """Add Gaussian noise, to every channel its own.

    Args:
        image: uint8 (H, W) or (H, W, 3).
        sigma: standard deviation in levels.
        seed: of the noise.

    Returns:
        uint8, the same shape, rounded and clipped.
    """
    # NumPy promises the same raw numbers in every version, but not the same normal ones.
    source = np.random.PCG64(int.from_bytes(hashlib.sha256(seed.encode()).digest()))
    unit = ((source.random_raw(image.size) >> np.uint64(11)) + 0.5) / 2**53
    return np.rint(np.clip(image + sigma * ndtri(unit).reshape(image.shape), 0, 255)).astype(np.uint8)


def compress(image: np.ndarray, quality: int) -> np.ndarray:
    """What JPEG leaves of a picture: baseline, colours at half the resolution (4:2:0).

    Args:
        image: uint8 (H, W) or (H, W, 3).
        quality: 1 to 100, on libjpeg's scale.

    Returns:
        uint8, the same shape.
    """
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality, subsampling="4:2:0")
    with Image.open(file) as decoded:
        return np.asarray(decoded)
