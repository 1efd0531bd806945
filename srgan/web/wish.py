"""What a visitor asks for, besides the picture."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from srgan.errors import UserError
from srgan.inference.canvas import FORMATS
from srgan.web.networks import AUTO, chosen


@dataclass(frozen=True)
class Wish:
    """How a picture is to be enlarged.

    Args:
        network: folder of the network; None: the one that suits the picture.
        strength: weight of the network, see srgan.inference.enlarger.
        scale: how many times as wide and as high; None: as the network makes it.
        suffix: of the result, `png`, `jpg`, `webp` or `tif`; None: `tif` for TIFF, else `png`.
    """

    network: Path | None = None
    strength: float = 1.0
    scale: float | None = None
    suffix: str | None = None

    def dumps(self) -> str:
        """As text for `loads`, for the command line of another process."""
        return json.dumps([str(self.network or ""), self.strength, self.scale, self.suffix])

    @classmethod
    def loads(cls, text: str) -> Wish:
        """The wish that `dumps` wrote."""
        network, strength, scale, suffix = json.loads(text)
        return cls(Path(network) if network else None, strength, scale, suffix)


def wish_of(asked: Mapping[str, str]) -> Wish:
    """The wish in a query. What is not in it is the default, and so are an empty scale and an empty format.

    Raises:
        UserError: no such network is offered, or a number or the format is invalid.
    """
    suffix = asked.get("format") or None
    if suffix not in (None, *FORMATS.values()):
        raise UserError(f"format: {suffix!r} is none of {', '.join(sorted(set(FORMATS.values())))}")
    scale = _number("scale", asked["scale"], 0.1, 16) if asked.get("scale") else None
    strength = _number("strength", asked.get("strength", "1"), 0, 1)
    network = chosen(asked.get("network", AUTO))
    if strength < 1 and network is None:
        raise UserError("strength: it mixes a chosen network with SRResNet; choose a network")
    return Wish(network, strength, scale, suffix)


def _number(name: str, text: str, least: float, most: float) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not least <= number <= most:
        raise UserError(f"{name}: {text!r} is not a number from {least:g} to {most:g}")
    return number
