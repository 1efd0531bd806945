"""The table of results in Markdown: the same detail from every model, the figures, and how to read them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

import numpy as np
import pandas as pd

from srgan.metrics.score import METRICS, in_tables, printed
from srgan.names import COLUMNS, NAMES
from srgan.params import Params
from srgan.pipeline import MODELS
from srgan.report.crops import STRIP
from srgan.report.protocol import protocol
from srgan.report.training import flattery, size, trained

CAPTION = ("psnr_y", "ssim_y", "perceptual_distance")  # beside each picture


def page(
    params: Params,
    means: Mapping[str, Mapping[str, Mapping[str, float]]],
    scores: pd.DataFrame,
    crops: Mapping[str, Mapping[str, str]],
    photographs: int,
) -> str:
    """The text of results/table.md; its links are relative to results/.

    Args:
        params: for the iterations, content losses, sizes.
        means: `evaluate.set_means`.
        scores: `evaluate.evaluate`'s rows.
        crops: `write_crops` of the first set in `means`.
        photographs: how many the networks learned from.

    Returns:
        GitHub-flavoured Markdown without headings, so that it can follow any heading.
    """
    blocks = [size(params, photographs), _training_table(params)]
    measured = scores[scores["set"] == next(iter(means))].set_index(["image", "model"])
    for name, files in crops.items():
        blocks.append(f"![{_text(name)}: {', '.join(COLUMNS.values())}](crops/{quote(files[STRIP])})")
        blocks.append(_picture_table(name, measured.loc[name]))
    blocks += [_legend(params), _reading(scores), flattery(params)]
    for set_name, models in means.items():
        count = scores.loc[scores["set"] == set_name, "image"].nunique()
        blocks.append(f"**{_text(set_name)}**, mean of {count} photograph{'s' * (count > 1)}:")
        blocks.append(mean_table(models, COLUMNS))
    blocks += [protocol(params), "![Losses and validation figures over the iterations of each stage](curves.png)"]
    return "\n\n".join(filter(None, blocks)) + "\n"


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


def caption(row: Mapping[str, float]) -> list[tuple[str, str]]:
    """The figures of a picture: name and value of each."""
    return [
        (METRICS[metric].name, f"{printed(metric, row[metric])} {METRICS[metric].unit}".strip()) for metric in CAPTION
    ]


def _picture_table(name: str, figures: pd.DataFrame) -> str:
    """A photograph's figures: a row per metric of CAPTION, a column per model."""
    rows = [[_text(name), *(COLUMNS[model] for model in MODELS)]]
    for metric in CAPTION:
        rows.append([METRICS[metric].header, *(printed(metric, figures.loc[model, metric]) for model in MODELS)])
    return markdown(rows, [":--"] + ["--:"] * len(MODELS))


def _training_table(params: Params) -> str:
    rows = [["", "iterations", "content loss", "starts from"]]
    rows += [[NAMES[stage], *how] for stage, how in trained(params).items()]
    return markdown(rows, [":--", "--:", ":--", ":--"])


def _legend(params: Params) -> str:
    crop = params.evaluate.crop
    return (
        f"Each picture is the {crop} × {crop} pixel window in which bicubic loses most (largest squared difference "
        "from the photograph), the same for all models and not enlarged. The figures are of the whole photograph; "
        "[images.csv](images.csv) has all figures of all photographs."
    )


def _reading(scores: pd.DataFrame) -> str:
    networks = scores[scores["model"] != "bicubic"]
    worst = networks.loc[networks["colour_shift"].idxmax()]
    return (
        "**How to read it.** PSNR and SSIM measure distortion. The perceptual distance measures how different two "
        "pictures look to a network that knows photographs. At the limit of what is possible, less of one costs more "
        "of the other ([Blau & Michaeli 2018](https://arxiv.org/abs/1711.06077)); a network that is far from this "
        "limit can be worse in both. SRResNet learns from its content loss alone. The others learn to pass for "
        "photographs, too, and the figures say what that gained and cost. LR-PSNR says how near a result is "
        "to the photograph when both are shrunk. Mesh, halo and lattice are faults that a GAN can have. The spectral "
        "distance says how far the frequencies of the result are from a photograph's: it rewards any grain of the "
        "right strength, also one that is nowhere in the photograph. Bold: the best of the column, in the printed "
        "digits. "
        f"The mean of a colour channel moves by at most {worst['colour_shift']:.2f} of 255 grey levels "
        f"({NAMES[worst['model']]}, {_text(worst['image'])})."
    )


def markdown(rows: Sequence[Sequence[str]], alignment: Sequence[str]) -> str:
    """A table: its heads, and its rows; `:--`, `:-:` or `--:` aligns each column."""
    lines = [rows[0], alignment, *rows[1:]]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _text(name: str) -> str:
    """A file's name as plain text inside a table."""
    return re.sub(r"([\\`*_\[\]()<>|#&~])", r"\\\1", " ".join(name.split()))
