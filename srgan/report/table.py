"""The table of results in Markdown: the same detail from every model, the figures, and how to read them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

import numpy as np
import pandas as pd

from srgan.metrics.score import METRICS, in_tables, printed
from srgan.names import NAMES
from srgan.params import Params
from srgan.pipeline import TRAINING_STAGES
from srgan.report.protocol import protocol

RANDOM = "random"  # a value of data.vgg19, and the word for it in titles
CAPTION = ("psnr_y", "ssim_y", "perceptual_distance")  # under each picture
CAPTION_WORDS = "PSNR / SSIM of luma and perceptual distance"


def labels(params: Params) -> dict[str, str]:
    """Titles of the columns: model -> title, with training iterations and content loss in brackets."""
    titles = {"bicubic": f"Input ×{params.scale} (bicubic)"}
    for stage, name in (NAMES | {"vgg": NAMES["gan"]}).items():  # told apart by its content loss
        settings = getattr(params, stage)
        titles[stage] = f"{name} ({iterations(settings.iterations)}, {content_title(settings.content, params)})"
    return titles


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


def page(
    params: Params,
    means: Mapping[str, Mapping[str, Mapping[str, float]]],
    scores: pd.DataFrame,
    crops: Mapping[str, Mapping[str, str]],
) -> str:
    """Write results/table.md; its links start at crops/ and at curves.png.

    Args:
        params: for the iterations, content losses, sizes.
        means: `evaluate.set_means`.
        scores: `evaluate.evaluate`'s rows.
        crops: `write_crops` of the first set in `means`.

    Returns:
        GitHub-flavoured Markdown without headings, so that it can follow any heading.
    """
    titles = labels(params)
    blocks = [
        _picture_table(titles, next(iter(means)), scores, crops),
        _legend(params),
        _reading(scores, titles),
    ]
    for set_name, models in means.items():
        count = scores.loc[scores["set"] == set_name, "image"].nunique()
        blocks.append(f"**{_text(set_name)}**, mean of {count} photograph{'s' * (count > 1)}:")
        blocks.append(mean_table(models, titles))
    blocks += [protocol(params), "![Losses and validation figures over the iterations of each stage](curves.png)"]
    return "\n\n".join(blocks) + "\n"


def mean_table(models: Mapping[str, Mapping[str, float]], titles: Mapping[str, str]) -> str:
    """One set's mean values: a row per model, the best of each column in bold."""
    shown = in_tables(next(iter(models.values())))
    rows = [["", *(METRICS[metric].header for metric in shown)]]
    for model, cells in mean_cells(models).items():
        rows.append([titles[model], *(f"**{text}**" if best else text for text, best in cells)])
    return markdown(rows, [":--"] + ["--:"] * len(shown))


def mean_cells(models: Mapping[str, Mapping[str, float]]) -> dict[str, list[tuple[str, bool]]]:
    """One set's mean values as printed: model -> for each of `in_tables` its text, and whether it is the best."""
    cells: dict[str, list[tuple[str, bool]]] = {model: [] for model in models}
    for metric in in_tables(next(iter(models.values()))):
        values = {model: row[metric] for model, row in models.items()}
        there = [value for value in values.values() if not np.isnan(value)]
        best = printed(metric, (min if METRICS[metric].lower_is_better else max)(there)) if there else None
        for model, value in values.items():
            text = printed(metric, value)
            cells[model].append((text, text == best))
    return cells


def caption(row: Mapping[str, float]) -> str:
    """The figures under a picture, see CAPTION_WORDS."""
    psnr, ssim, distance = (printed(metric, row[metric]) for metric in CAPTION)
    return f"{psnr} dB / {ssim} / {distance}"


def lineage(params: Params) -> str:
    """The meaning of the titles, the start of each training, and the size of the networks, as Markdown."""
    net, titles = params.generator, labels(params)
    origins = []
    for stage in TRAINING_STAGES:
        init = getattr(params, stage).init
        if init != "none":
            origins.append(f"{titles[stage]} goes on from {titles.get(init, f'the weights named in `{stage}.init`')}")
    text = (
        f"In brackets: training iterations and content loss. {', '.join(origins)}{'. ' * bool(origins)}"
        f"The generator has {net.blocks} residual blocks of {net.filters} filters (the paper's: 16 of 64)."
    )
    on_features = [titles[stage] for stage in TRAINING_STAGES if getattr(params, stage).content == "features"]
    if on_features and params.features.network == "vgg16":
        text += (
            f" {' and '.join(on_features)} learned from the features that the perceptual distance is measured with, so "
            "that figure flatters it beside the others."
        )
    if any(RANDOM in title for title in titles.values()):
        text += (
            f" *{RANDOM.capitalize()} VGG*: features of a VGG19 with random weights from a fixed seed, not ImageNet's "
            f"(`data.vgg19: {RANDOM}`), so that the run needs no download."
        )
    return text


def _picture_table(
    titles: Mapping[str, str], set_name: str, scores: pd.DataFrame, crops: Mapping[str, Mapping[str, str]]
) -> str:
    rows = [[*titles.values(), "Target (HR)"]]
    measured = scores[scores["set"] == set_name].set_index(["image", "model"])
    for name, files in crops.items():
        cells = []
        for model, title in titles.items():
            cells.append(f"{_picture(name, title, files[model])}<br>{caption(measured.loc[(name, model)])}")
        cells.append(f"{_picture(name, 'target', files['target'])}<br>{_text(name)}")
        rows.append(cells)
    return markdown(rows, [":-:"] * len(rows[0]))


def _picture(name: str, title: str, file: str) -> str:
    return f"![{_text(name)}, {title}](crops/{quote(file)})"


def _legend(params: Params) -> str:
    crop = params.evaluate.crop
    return (
        f"Each picture is the {crop} × {crop} pixel window in which bicubic loses most (largest squared difference "
        f"from the target), the same for all models, one to one. Under it {CAPTION_WORDS} "
        "of the whole photograph; [images.csv](images.csv) has all figures of all photographs. " + lineage(params)
    )


def _reading(scores: pd.DataFrame, titles: Mapping[str, str]) -> str:
    trained = scores[scores["model"] != "bicubic"]
    worst = trained.loc[trained["colour_shift"].idxmax()]
    return (
        "**How to read it.** PSNR and SSIM measure distortion, the perceptual distance how different two pictures look "
        "to a network that knows photographs. A network cannot be best at both "
        "([Blau & Michaeli 2018](https://arxiv.org/abs/1711.06077)): SRResNet minimises the distortion and is smooth, "
        "a GAN gives some of it up for detail that looks real, so from SRResNet to SRGAN PSNR falls by design and the "
        "perceptual distance should fall with it. LR-PSNR says how well a result, shrunk again, gives the input. Mesh, "
        "halo and lattice are faults that a GAN can have. The spectral distance says how far the frequencies of the "
        "result are from a photograph's: it rewards any grain of the right strength, also one that is nowhere in the "
        "photograph. "
        "Bold: the best of the column, in the printed digits. "
        f"The mean of a colour channel moves by at most {worst['colour_shift']:.2f} of 255 grey levels "
        f"({titles[worst['model']]}, {_text(worst['image'])})."
    )


def markdown(rows: Sequence[Sequence[str]], alignment: Sequence[str]) -> str:
    """A table: its heads, and its rows; `:--`, `:-:` or `--:` aligns each column."""
    lines = [rows[0], alignment, *rows[1:]]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _text(name: str) -> str:
    """A file's name as plain text inside a table."""
    return re.sub(r"([\\`*_\[\]()<>|#&~])", r"\\\1", " ".join(name.split()))
