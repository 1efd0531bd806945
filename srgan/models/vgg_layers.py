"""The convolutions of VGG16 and VGG19 (Simonyan & Zisserman 1409.1556, table 1, columns D and E)."""

from __future__ import annotations

import re

# The filters of each convolution, all 3x3, block by block; a block ends with a pooling that halves height and width.
BLOCKS = {
    "vgg16": ((64, 64), (128, 128), (256,) * 3, (512,) * 3, (512,) * 3),
    "vgg19": ((64, 64), (128, 128), (256,) * 4, (512,) * 4, (512,) * 4),
}
# Network -> the setting in params.yaml that names its weights.
SETTING = {"vgg16": "data.features", "vgg19": "data.vgg19"}


def kernel_shapes(network: str) -> dict[str, tuple[int, int, int, int]]:
    """The kernel of each convolution by Keras' layer name, in their order: (3, 3, channels in, filters).

    Args:
        network: vgg16 or vgg19.
    """
    shapes, channels = {}, 3
    for block, widths in enumerate(BLOCKS[network], start=1):
        for number, filters in enumerate(widths, start=1):
            shapes[f"block{block}_conv{number}"] = (3, 3, channels, filters)
            channels = filters
    return shapes


def smallest_side(layer: str) -> int:
    """Pixels that a picture's sides need for a layer, named as by Keras, to have any features: the poolings halve."""
    return 2 ** (int(layer.removeprefix("block").partition("_")[0]) - 1)


def layer_of(content: str) -> str:
    """The convolution of VGG19 that a content loss named `vgg<i><j>` compares: `vgg22` is block2_conv2.

    Raises:
        ValueError: VGG19 has no such convolution.
    """
    match = re.fullmatch(r"vgg(\d)(\d)", content)
    name = f"block{match[1]}_conv{match[2]}" if match else ""
    if name not in kernel_shapes("vgg19"):
        raise ValueError(f"{content!r} names no convolution of VGG19")
    return name
