"""Which pretrained network suits a picture, where the user names none."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from srgan.inference.jpeg import jpeg_quality
from srgan.inference.shipped import PHOTO, SHIPPED, SRRESNET

PHOTO_BELOW = 90  # JPEG's quality, as srgan.inference.jpeg estimates it


class Choice(NamedTuple):
    """A network, and why."""

    network: Path  # its folder
    reason: str  # why the SRResNet was not taken; empty if it was


def suiting(path: Path) -> Choice:
    """The network for a picture: PHOTO for JPEGs of a quality below PHOTO_BELOW, the SRResNet for all others.

    A file that is damaged or no picture is refused when it is read.
    """
    try:
        quality = jpeg_quality(path)
    except (OSError, SyntaxError, ValueError):  # Pillow's errors at a damaged header
        quality = None
    if quality is not None and quality < PHOTO_BELOW:
        return Choice(SHIPPED / PHOTO, f"a JPEG of quality {quality}")
    return Choice(SHIPPED / SRRESNET, "")
