"""The generator in inference, described once for all writers of graphs: for ncnn, which runs it here, and for ONNX.

Blobs are named by strings; a picture is (C, H, W), as in the runtimes. Batch normalisation is folded, and height and
width are free. srgan.models.generator is the same network for training.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any, Protocol

import numpy as np

from srgan.data.resize import enlarge_weights
from srgan.inference.folding import fold
from srgan.models.architecture import EPSILON, UPSAMPLING, norm_of
from srgan.models.stored import Weights


class Graph(Protocol):
    """Writes a graph, one operation in each call; calls take and return names of blobs."""

    def conv(
        self,
        x: str,
        kernel: np.ndarray,
        bias: np.ndarray | None = None,
        border: tuple[int, int] | None = None,
        dilation: int = 1,
    ) -> str:
        """Convolve with a kernel (height, width, inputs, outputs), stride 1.

        `border` is the number of zeros above and left, and below and right; by default half a kernel on each side.
        """

    def prelu(self, x: str, slope: np.ndarray) -> str:
        """The value x where it is positive, else slope * x; a slope (C,) for each channel."""

    def depth_to_space(self, x: str, factor: int) -> str:
        """(r^2 C, h, w) -> (C, r h, r w); sub-pixel (dy, dx) of channel c comes from channel (dy * r + dx) * C + c."""

    def mirrored(self, x: str) -> str:
        """Add two mirrored pixels on each side, with the border pixel repeated: 1 0 | 0 1 2."""

    def clip(self, x: str) -> str:
        """Clip the values to [0, 1]."""

    def add(self, a: str, b: str) -> str:
        """The sum a + b; where one is (C, 1, 1) or (1, 1, 1) it is repeated, as in the next two."""

    def subtract(self, a: str, b: str) -> str:
        """The difference a - b."""

    def multiply(self, a: str, b: str) -> str:
        """The product a * b."""

    def constant(self, values: np.ndarray) -> str:
        """(C,) values, as a blob (C, 1, 1)."""

    def mean(self, x: str, *, channels: bool) -> str:
        """Over height and width, (C, 1, 1), or over the channels too, (1, 1, 1)."""

    def rsqrt(self, x: str) -> str:
        """One over the square root."""


class Generator:
    """Writes a generator into graphs.

    Args:
        description: see srgan.models.architecture.
        weights: its arrays, as stored.
    """

    def __init__(self, description: Mapping[str, Any], weights: Weights):
        self.description, self.weights = description, fold(description, weights)

    def blocks(self, graph: Graph, lr: str) -> str:
        """LR (3, h, w) in [0, 1] -> features (F, h, w), through the residual blocks."""
        x = first = self._prelu(graph, self._conv(graph, lr, "first"), "first_prelu")
        for i in range(1, self.description["blocks"] + 1):
            y = self._conv(graph, x, f"block{i}_conv1")
            y = self._conv(graph, self._prelu(graph, y, f"block{i}_prelu"), f"block{i}_conv2")
            x = graph.add(x, y)
        return graph.add(self._conv(graph, x, "trunk_conv"), first)

    def enlargement(self, graph: Graph, features: str, lr: str) -> str:
        """Features (F, h, w) and LR (3, h, w) -> SR (3, scale h, scale w) around [-1, 1]."""
        x = features
        *factors, r = UPSAMPLING[self.description["scale"]]
        for i, factor in enumerate(factors, start=1):
            x = graph.depth_to_space(self._conv(graph, x, f"upsample{i}_conv"), factor)
            x = self._prelu(graph, x, f"upsample{i}_prelu")
        # The last depth-to-space comes after the last convolution, because there it moves only 3 channels.
        x = self._conv(graph, x, f"upsample{len(factors) + 1}_conv")  # (r^2 F, h', w')
        x = graph.prelu(x, np.tile(self.weights[f"upsample{len(factors) + 1}_prelu"][0].ravel(), r * r))
        kernel, bias = self.weights["last"]
        x = narrow_conv(graph, x, before_depth_to_space(kernel, r), np.tile(bias, r * r))  # (3 r^2, h', w')
        sr = graph.depth_to_space(x, r)
        if self.description["skip"] == "none":
            return sr
        signed = graph.multiply(bicubic(graph, lr, self.description["scale"]), graph.constant(np.full(3, 2.0)))
        return graph.add(graph.add(signed, graph.constant(np.full(3, -1.0))), sr)

    def _conv(self, graph: Graph, x: str, name: str) -> str:
        """A convolution with the normalisation after it, if it has one."""
        norm = self.weights.get(norm_of(name), []) if norm_of(name) != name else []
        kernel, *bias = self.weights[name]
        match self.description["norm"] if norm else "none":
            case "batch":
                return graph.conv(x, kernel, norm[1])
            case "layer":
                return layer_norm(graph, graph.conv(x, kernel), *norm)
            case "virtual":
                count = self.description["reference"][0]
                return virtual_batch_norm(graph, graph.conv(x, kernel), count, *norm)
        return graph.conv(x, kernel, bias[0] if bias else None)

    def _prelu(self, graph: Graph, x: str, name: str) -> str:
        return graph.prelu(x, self.weights[name][0].ravel())


def narrow_conv(graph: Graph, x: str, kernel: np.ndarray, bias: np.ndarray) -> str:
    """A large convolution to a few channels, as 3 x 3 convolutions to more channels, which runtimes compute fast.

    The kernel, (k, k, C, c), is cut into blocks of 3 x 3. Each block makes c channels, and a second convolution adds
    them, each shifted by the place of its block.
    """
    size, _, inputs, outputs = kernel.shape
    count, half = -(-size // 3), size // 2  # blocks a side
    whole = np.zeros((3 * count, 3 * count, inputs, outputs), np.float32)
    whole[:size, :size] = kernel
    blocks = whole.reshape(count, 3, count, 3, inputs, outputs).transpose(1, 3, 4, 0, 2, 5)
    blocks = blocks.reshape(3, 3, inputs, count * count * outputs)
    add = np.zeros((count, count, count, count, outputs, outputs), np.float32)
    for i, j in np.ndindex(count, count):
        add[i, j, i, j] = np.eye(outputs)
    add = add.reshape(count, count, count * count * outputs, outputs)
    parts = graph.conv(x, blocks, border=(half, 3 * count - 1 - half))
    return graph.conv(parts, add, bias, border=(0, 0), dilation=3)


def before_depth_to_space(kernel: np.ndarray, r: int) -> np.ndarray:
    """The kernel that, before a depth-to-space, does the same as a given kernel after it.

    Each of the r x r sub-pixels of a pixel has its own channels, in the input and in the output. An offset of d
    sub-pixels from sub-pixel s leads to sub-pixel (s + d) mod r of the pixel (s + d) div r away.

    Args:
        kernel: (k, k, C, c), k odd.
        r: factor of the depth-to-space.

    Returns:
        (n, n, r^2 C, r^2 c), n odd.
    """
    half, (size, _, inputs, outputs) = len(kernel) // 2, kernel.shape
    reach = -(-half // r)
    moved = np.zeros((2 * reach + 1, 2 * reach + 1, r, r, inputs, r, r, outputs), np.float32)
    for (dy, dx), (i, j) in product(np.ndindex(r, r), np.ndindex(size, size)):
        (y, sy), (x, sx) = divmod(dy + i - half, r), divmod(dx + j - half, r)
        moved[y + reach, x + reach, sy, sx, :, dy, dx] = kernel[i, j]
    return moved.reshape(*moved.shape[:2], r * r * inputs, r * r * outputs)


def bicubic(graph: Graph, lr: str, factor: int) -> str:
    """Bicubic enlargement with mirrored borders, clipped after each axis, as srgan.models.layers.BicubicUpsampling.

    (3, h, w) -> (3, r h, r w), in [0, 1].
    """
    taps, r = enlarge_weights(factor), factor  # (5, r)
    down = np.zeros((5, 1, 3, r, 3), np.float32)  # from c to (dy, c)
    across = np.zeros((1, 5, r, 3, r, r, 3), np.float32)  # from (dy, c) to (dy, dx, c)
    for c in range(3):
        down[:, 0, c, :, c] = taps
        for dy in range(r):
            across[0, :, dy, c, dy, :, c] = taps
    x = graph.clip(graph.conv(graph.mirrored(lr), down.reshape(5, 1, 3, 3 * r), border=(0, 0)))  # (3 r, h, w + 4)
    x = graph.clip(graph.conv(x, across.reshape(1, 5, 3 * r, 3 * r * r), border=(0, 0)))  # (3 r^2, h, w)
    return graph.depth_to_space(x, r)


def layer_norm(graph: Graph, x: str, gamma: np.ndarray, beta: np.ndarray) -> str:
    """Normalisation over all features of a picture (Ba et al. 1607.06450), scaled per channel."""
    difference = graph.subtract(x, graph.mean(x, channels=True))
    variance = graph.mean(graph.multiply(difference, difference), channels=True)
    return _scaled(graph, difference, variance, gamma, beta)


def virtual_batch_norm(
    graph: Graph,
    x: str,
    count: int,
    gamma: np.ndarray,
    beta: np.ndarray,
    reference_mean: np.ndarray,
    reference_variance: np.ndarray,
) -> str:
    """Normalisation with the statistics of a reference batch and the picture itself.

    As in srgan.models.normalisation.VirtualBatchNormalization, the statistics of the reference weigh N / (N + 1), those
    of the picture 1 / (N + 1), and the variance is about the mean of the mixture.
    """
    own, reference = graph.constant(np.full_like(gamma, 1 / (count + 1))), count / (count + 1)
    own_mean = graph.mean(x, channels=False)
    from_own = graph.subtract(x, own_mean)
    own_variance = graph.mean(graph.multiply(from_own, from_own), channels=False)
    mean = graph.add(graph.multiply(own_mean, own), graph.constant(reference_mean * reference))
    shift, reference_shift = graph.subtract(own_mean, mean), graph.subtract(mean, graph.constant(reference_mean))
    own_part = graph.multiply(graph.add(own_variance, graph.multiply(shift, shift)), own)
    reference_part = graph.multiply(
        graph.add(graph.multiply(reference_shift, reference_shift), graph.constant(reference_variance)),
        graph.constant(np.full_like(gamma, reference)),
    )
    return _scaled(graph, graph.subtract(x, mean), graph.add(own_part, reference_part), gamma, beta)


def _scaled(graph: Graph, difference: str, variance: str, gamma: np.ndarray, beta: np.ndarray) -> str:
    scale = graph.rsqrt(graph.add(variance, graph.constant(np.array([EPSILON]))))
    return graph.add(graph.multiply(graph.multiply(difference, scale), graph.constant(gamma)), graph.constant(beta))
