"""Bicubic resizing by a whole factor, like MATLAB's `imresize`, which makes the LR and the "bicubic" of benchmarks.

Keys' cubic convolution with a = -0.5 (Keys 1981, equation 15), stretched by the factor when shrinking so that it
does not alias, weights that sum to one, borders mirrored with the border pixel repeated; rows first, then columns,
with rounding to 8-bit levels after each.

For a whole factor all weights are whole numbers over one denominator, and they repeat along the image. So a pass
is a product with one small matrix of whole numbers at every position. Every intermediate sum is a whole number that
the float type holds exactly, so the result does not depend on the machine, the BLAS or the order of summation, and a
value halfway between two levels always becomes the upper one.
"""

from __future__ import annotations

import numpy as np

BLOCK = 8  # periods of the weights per product: enough to keep the BLAS busy, few enough to stay in the cache


def crop_to_multiple(image: np.ndarray, scale: int) -> np.ndarray:
    """The upper left part of a picture whose sides are multiples of the scale, without a copy.

    Args:
        image: (H, W) or (H, W, C).
        scale: a whole factor.

    Returns:
        (H - H % scale, W - W % scale[, C]); empty where the picture is smaller than the scale.
    """
    height, width = image.shape[:2]
    return image[: height - height % scale, : width - width % scale]


def shrink(image: np.ndarray, scale: int) -> np.ndarray:
    """Shrink to 1/scale of the size, bicubic with antialiasing.

    Args:
        image: uint8 (H, W) or (H, W, C), sides multiples of the scale (see `crop_to_multiple`).
        scale: a whole factor.

    Returns:
        uint8 (H / scale, W / scale[, C]).

    Raises:
        ValueError: another kind of array, or a side that is not a multiple of the scale.
    """
    if image.shape[0] % scale or image.shape[1] % scale:
        raise ValueError(f"sides {image.shape[:2]} are not multiples of the scale {scale}")
    return _resize(image, up=1, down=scale)


def enlarge(image: np.ndarray, scale: int) -> np.ndarray:
    """Enlarge to scale times the size, bicubic.

    Args:
        image: uint8 (H, W) or (H, W, C).
        scale: a whole factor.

    Returns:
        uint8 (H * scale, W * scale[, C]).

    Raises:
        ValueError: another kind of array.
    """
    return _resize(image, up=scale, down=1)


def shrink_weights(scale: int) -> np.ndarray:
    """The weights by which `shrink` multiplies the pixels around one LR pixel, along each side.

    Args:
        scale: a whole factor.

    Returns:
        float32 (5 scale,), the sum 1: for the pixels of the LR pixel itself, and of two LR pixels on either side.
    """
    weights, total = _band(up=1, down=scale, outputs=1)
    return (weights[0] / total).astype("float32")


def enlarge_weights(scale: int) -> np.ndarray:
    """The weights by which `enlarge` multiplies the pixels around one LR pixel, along each side.

    Args:
        scale: r, a whole factor.

    Returns:
        float32 (5, r), the sum of each column 1: of the LR pixel and of two on either side, for each of its r
        sub-pixels. So an enlargement is a convolution to r channels.
    """
    weights, total = _band(up=scale, down=1, outputs=scale)
    return (weights.T / total).astype("float32")


def _resize(image: np.ndarray, up: int, down: int) -> np.ndarray:
    """Resize rows, then columns, by up / down, of which one is 1."""
    if image.dtype != np.uint8 or image.ndim not in (2, 3) or 0 in image.shape:
        raise ValueError(f"the array must be uint8 (H, W) or (H, W, C), not {image.dtype} {image.shape}")
    rows = _resize_first_axis(image, up, down)  # (H', W, C)
    across = np.ascontiguousarray(np.moveaxis(rows, 0, -1))  # (W, C, H')
    columns = _resize_first_axis(across, up, down)  # (W', C, H')
    return np.ascontiguousarray(np.moveaxis(columns, -1, 0))  # (H', W', C)


def _resize_first_axis(image: np.ndarray, up: int, down: int) -> np.ndarray:
    """uint8 (n, ...) to uint8 (n * up / down, ...), BLOCK periods of the weights at a time."""
    size = len(image)
    block = BLOCK * up
    band, total = _band(up, down, block)  # (block, window)
    result = np.empty((size * up // down, *image.shape[1:]), np.uint8)
    for start in range(0, len(result), block):
        window = np.arange(band.shape[1]) + start * down // up - 2 * down
        window %= 2 * size
        window = np.minimum(window, 2 * size - 1 - window)  # 0 1 2 2 1 0 0 1 2 ...: mirrored again and again
        seen = image[window].reshape(len(window), -1).astype(band.dtype)
        levels = band @ seen
        levels += total / 2
        levels /= total
        np.clip(levels, 0, 255, out=levels)  # the assignment rounds down, which completes the rounding
        result[start : start + block] = levels.reshape(block, *image.shape[1:])[: len(result) - start]
    return result


def _band(up: int, down: int, outputs: int) -> tuple[np.ndarray, int]:
    """The weights of neighbouring output pixels over the input pixels they see, as whole numbers.

    Args:
        up: the factor of enlargement, or 1.
        down: the factor of shrinking, or 1.
        outputs: how many output pixels, from the first on; a multiple of up.

    Returns:
        Weights (outputs, window), the window starting 2 * down pixels before the first input pixel; and what each
        row of them sums to.
    """
    scale = up * down
    output = np.arange(outputs)[:, np.newaxis]
    pixel = np.arange(-2 * down, outputs * down // up + 2 * down)
    # Centres lie at half pixels. The distance between the two, in units of the kernel's, is x = distance / (2 scale).
    distance = np.abs((2 * pixel + 1) * up - (2 * output + 1) * down)
    # Keys' two cubics, 1.5 x^3 - 2.5 x^2 + 1 and -0.5 x^3 + 2.5 x^2 - 4 x + 2, times 16 scale^3.
    near = 3 * distance**3 - 10 * scale * distance**2 + 16 * scale**3
    far = -(distance**3) + 10 * scale * distance**2 - 32 * scale**2 * distance + 32 * scale**3
    weights = np.where(distance <= 2 * scale, near, np.where(distance <= 4 * scale, far, 0))
    weights //= np.gcd.reduce(weights, axis=None)
    total = int(weights[0].sum())
    largest = 255 * int(np.abs(weights).sum(axis=1).max()) + total  # no intermediate sum is larger
    return weights.astype(np.float32 if largest < 2**23 else np.float64), total
