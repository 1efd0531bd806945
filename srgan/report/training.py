"""What the networks are and how they were trained, from the settings, in sentences for the pages."""

from __future__ import annotations

from typing import NamedTuple

from srgan.names import NAMES
from srgan.params import Params
from srgan.pipeline import TRAINING_STAGES

RANDOM = "random"  # a value of data.vgg19, and the word for it in titles
PAPER = (16, 64)  # blocks and filters of the paper's generator


class Trained(NamedTuple):
    """How a network was trained, in words."""

    iterations: str
    content: str  # its content loss
    start: str  # what it began with, as Markdown


def trained(params: Params) -> dict[str, Trained]:
    """Training stage -> how its network was trained."""
    found = {}
    for stage in TRAINING_STAGES:
        settings = getattr(params, stage)
        origins = NAMES | {"none": "random weights"}
        start = origins.get(settings.init, f"the weights in `{stage}.init`")
        found[stage] = Trained(iterations(settings.iterations), content_title(settings.content, params), start)
    return found


def content_title(content: str, params: Params) -> str:
    """The title of a content loss: MSE, VGG54, VGG16 features; with `random` if VGG19's weights are random."""
    network = params.features.network if content == "features" else "vgg19" if content.startswith("vgg") else ""
    title = f"{network.upper()} features" if content == "features" else content.upper()
    return f"{RANDOM} {title}" if network == "vgg19" and params.data.vgg19 == RANDOM else title


def iterations(count: int) -> str:
    """A number of iterations in short form: 1500, 90k, 1M."""
    for size, unit in ((1_000_000, "M"), (10_000, "k")):
        if count >= size:
            return f"{count / (1000 if unit == 'k' else size):.10g}{unit}"
    return str(count)


def size(params: Params, photographs: int) -> str:
    """How large the networks are and how long they were trained, from the settings; the first sentence of a page.

    Args:
        params: for the sizes and the iterations.
        photographs: how many the networks learned from.
    """
    net = params.generator
    small = "are small: they " * (net.blocks < PAPER[0] or net.filters < PAPER[1])
    first, *others = (f"{NAMES[stage]} in {how.iterations}" for stage, how in trained(params).items())
    lengths = f"{', '.join([f'{first} iterations', *others[:-1]])} and {others[-1]}"
    count = f"{photographs:,} photograph{'s' * (photographs != 1)}"
    return (
        f"The networks {small}have {net.blocks} residual blocks of {net.filters} filters (the paper's: {PAPER[0]} of "
        f"{PAPER[1]}). They learned from {count}: {lengths}."
    )


def flattery(params: Params) -> str:
    """Which figures are not what they seem, after a training on such features; empty where all are."""
    how = trained(params)
    on_features = [NAMES[stage] for stage in TRAINING_STAGES if getattr(params, stage).content == "features"]
    sentences = []
    if on_features and params.features.network == "vgg16":
        sentences.append(
            f"{' and '.join(on_features)} learned from the features that the perceptual distance is measured with, so "
            "that figure flatters it beside the others."
        )
    if any(RANDOM in network.content for network in how.values()):
        sentences.append(
            f"*{RANDOM.capitalize()} VGG*: features of a VGG19 with random weights from a fixed seed, not ImageNet's "
            f"(`data.vgg19: {RANDOM}`), so that the run needs no download."
        )
    return " ".join(sentences)
