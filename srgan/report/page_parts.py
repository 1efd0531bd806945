"""What the project's pages have in common: their templates, and matplotlib's figures in a page's colours and font."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Mapping
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from matplotlib.figure import Figure
from PIL import Image

DPI = 72  # matplotlib's points are then SVG's units
# What matplotlib writes -> what a page needs. Names of elements would be there once for each plot.
FOR_THE_PAGE = {
    r"^.*?<svg.*?>|</svg>|<!--.*?-->|<defs>.*?</defs>|</?g\b.*?>": "",
    r' (id|clip-path)="[^"]*"| transform="rotate\(-0 [^"]*"': "",
    r"(?<=font-family: )[^;]*": "var(--sans)",
    r'(\.\d\d)\d+(?=[\s"])': r"\1",
    r"\s*\n\s*": "\n",
}


def templates(*packages: str) -> Environment:
    """The templates of some packages, each in its folder `templates`, and of the report, which the others include."""
    loaders = [PackageLoader(package) for package in packages]
    loaders += [PackageLoader("srgan.report", folder) for folder in ("templates", "shared")]
    environment = Environment(
        loader=ChoiceLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["unbroken"] = unbroken
    return environment


def unbroken(header: str) -> str:
    """A column's title that breaks between words alone: not at its hyphen, before its unit or before its arrow."""
    return re.sub(r" (?=[↑↓])|(?<=,) ", "\u00a0", header).replace("-", "\u2011")


def data_uri(picture: Image.Image, file_format: str, **options: Any) -> str:
    """A picture inside a link, for a page that needs no other file.

    Args:
        picture: of Pillow.
        file_format: JPEG or WEBP.
        options: of Pillow's writer.
    """
    file = io.BytesIO()
    picture.save(file, file_format, **options)
    return f"data:image/{file_format.lower()};base64,{base64.b64encode(file.getvalue()).decode('ascii')}"


def stand_ins(*variables: str) -> dict[str, str]:
    """For each of a page's CSS variables a colour that stands for it in a figure: matplotlib knows no variables."""
    return {variable: f"#{number:06x}" for number, variable in enumerate(variables, start=1)}


def looks(colours: Mapping[str, str]) -> dict[str, object]:
    """Matplotlib's settings for plots on a page: soft labels, and lines across instead of a frame.

    Args:
        colours: `stand_ins` of at least `soft` and `line`.
    """
    return {
        "svg.fonttype": "none",  # text stays text
        "figure.dpi": DPI,
        "figure.frameon": False,
        **{f"axes.spines.{side}": False for side in ("left", "right", "top")},
        **{f"axes.{part}color": colours["soft"] for part in ("edge", "label", "title")},
        **{f"{axis}tick.labelcolor": colours["soft"] for axis in "xy"},
        **{f"{axis}tick.labelsize": "medium" for axis in "xy"},
        "axes.axisbelow": True,
        "axes.formatter.useoffset": False,
        "grid.color": colours["line"],
        "xtick.bottom": False,
        "ytick.left": False,
    }


def svg_elements(figure: Figure, colours: Mapping[str, str]) -> str:
    """A figure as SVG elements that can stand in a page several times; the same figure gives the same text.

    Args:
        figure: drawn in colours of `stand_ins`, under `looks`.
        colours: variable -> the colour that stands for it.
    """
    for axes in figure.axes:
        axes.patch.set_visible(False)  # the page's own ground is behind it
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    drawing = file.getvalue()
    variables = {f"{colour}\\b": f"var(--{variable})" for variable, colour in colours.items()}
    for pattern, replacement in (FOR_THE_PAGE | variables).items():
        drawing = re.sub(pattern, replacement, drawing, flags=re.DOTALL)
    return drawing
