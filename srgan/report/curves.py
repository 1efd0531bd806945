"""Draw losses and validation figures of the training stages as one picture, for pages on GitHub."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import matplotlib.style
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from srgan.atomic import built_file
from srgan.errors import UserError
from srgan.metrics.score import METRICS, WATCHED

TIGHT = {"frameon": False, "borderpad": 0.2, "borderaxespad": 0, "handlelength": 1.2, "labelspacing": 0.2}  # a key
NEEDED = ("iteration", "content_loss", *WATCHED)


def read_curve(path: Path) -> pd.DataFrame:
    """Read a training stage's curve: `iteration`, `content_loss` and other losses, and figures of the validation.

    Raises:
        UserError: the file is missing, empty or has other columns.
    """
    again = f"make it again: dvc repro --force --single-item {path.stem}"
    try:
        curve = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read as a training curve ({error}); {again}") from None
    if curve.empty or not set(NEEDED) <= set(curve.columns):
        raise UserError(f"{path}: a curve has rows and the columns {', '.join(NEEDED)}; {again}")
    return curve


def write_curves(path: Path, curves: Mapping[str, pd.DataFrame], bicubic: Mapping[str, float]) -> None:
    """Draw each stage's content loss, its adversarial losses, and the figures of the validation.

    The same data give the same bytes.

    Args:
        path: the PNG to write.
        curves: title -> `read_curve`, drawn from left to right.
        bicubic: metric -> mean of bicubic on the validation pictures, drawn as a line; empty where unknown.
    """
    with matplotlib.style.context("default"):  # independent of the user's matplotlibrc
        figure = Figure(figsize=(3 * len(curves), 12), dpi=90, layout="constrained")
        axes = figure.subplots(2 + len(WATCHED), len(curves), sharex="col", squeeze=False)
        for (title, curve), (content, game, *validated) in zip(curves.items(), axes.T, strict=True):
            losses = curve.columns[curve.columns.str.endswith("_loss")]
            content.set_title(title, fontsize="medium")
            _draw(content, curve, ["content_loss"])
            content.set_yscale("log")
            _draw(game, curve, losses.drop("content_loss"))
            for row, (metric, axis) in enumerate(zip(WATCHED, validated, strict=True), start=2):
                _draw(axis, curve.dropna(subset=metric), [metric], marker=".", color="black")
                axis.sharey(axes[row, 0])  # these can be compared between stages; losses cannot
                if metric in bicubic:
                    axis.axhline(bicubic[metric], linestyle="--", linewidth=1, color="grey", label="bicubic")
            validated[-1].set_xlabel("iteration")
            if len(losses) > 1:
                _key(game, game.lines)
            else:
                game.set_visible(False)
        labels = (METRICS[metric].label for metric in WATCHED)
        for axis, label in zip(axes[:, 0], ("Content loss", "", *labels), strict=True):
            axis.set_ylabel(label)
        if bicubic:
            _key(axes[-1, 0], axes[-1, 0].lines[1:])
        png = io.BytesIO()
        figure.savefig(png, format="png", metadata={"Software": None})
    with built_file(path) as temporary:
        temporary.write_bytes(png.getvalue())


def _draw(axis: Axes, curve: pd.DataFrame, names: Iterable[str], marker: str = "", color: str | None = None) -> None:
    for name in names:
        label = name.replace("_", " ")
        axis.plot(curve["iteration"], curve[name], label=label, linewidth=1, marker=marker, color=color)
    axis.grid(alpha=0.3)
    axis.tick_params(which="both", labelsize="small")


def _key(axis: Axes, lines: Sequence[Line2D]) -> None:
    """Name lines above the axes, where they cover no curve."""
    axis.legend(handles=lines, fontsize="small", loc="lower left", bbox_to_anchor=(0, 1), **TIGHT)
