"""Losses and validation PSNR of the training stages as one picture, for where GitHub shows the results."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from pathlib import Path

import matplotlib.style
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from srgan.atomic import built_file
from srgan.errors import UserError

NEEDED = ("iteration", "content_loss", "psnr_y")


def read_curve(path: Path) -> pd.DataFrame:
    """Read a training stage's curve: `iteration`, `content_loss` and other losses, `psnr_y` where validated.

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


def write_curves(path: Path, curves: Mapping[str, pd.DataFrame], bicubic: float | None) -> None:
    """Draw each stage's content loss, its game with the discriminator and its validation PSNR.

    The same data give the same bytes.

    Args:
        path: the PNG to write.
        curves: title -> `read_curve`, drawn from left to right.
        bicubic: mean psnr_y of bicubic on the validation pictures, dB, drawn as a line; None where unknown.
    """
    with matplotlib.style.context("default"):  # whatever the user's matplotlibrc says
        figure = Figure(figsize=(3 * len(curves), 6), dpi=90, layout="constrained")
        axes = figure.subplots(3, len(curves), sharex="col", squeeze=False)
        for (title, curve), (content, game, psnr) in zip(curves.items(), axes.T, strict=True):
            losses = curve.columns[curve.columns.str.endswith("_loss")]
            content.set_title(title, fontsize="medium")
            _draw(content, curve, ["content_loss"])
            content.set_yscale("log")
            _draw(game, curve, losses.drop("content_loss"))
            _draw(psnr, curve.dropna(subset="psnr_y"), ["psnr_y"], marker=".", color="black")
            psnr.sharey(axes[-1, 0])  # losses have units of their own; decibels can be compared
            if bicubic is not None:
                psnr.axhline(bicubic, linestyle="--", linewidth=1, color="grey", label="bicubic")
            psnr.set_xlabel("iteration")
            if len(losses) > 1:
                game.legend(fontsize="small")
            else:
                game.set_visible(False)
        for axis, label in zip(axes[:, 0], ("content loss", "", "validation PSNR-Y, dB"), strict=True):
            axis.set_ylabel(label)
        if bicubic is not None:
            axes[-1, 0].legend(axes[-1, 0].lines[1:], ["bicubic"], fontsize="small")
        png = io.BytesIO()
        figure.savefig(png, format="png", metadata={"Software": None})
    with built_file(path) as temporary:
        temporary.write_bytes(png.getvalue())


def _draw(axis: Axes, curve: pd.DataFrame, names: Iterable[str], **style: str) -> None:
    for name in names:
        axis.plot(curve["iteration"], curve[name], label=name.replace("_", " "), linewidth=1, **style)
    axis.grid(alpha=0.3)
    axis.tick_params(which="both", labelsize="small")
