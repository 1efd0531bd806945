"""What `srgan upscale` says of the pictures and of the networks that it took."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from srgan.errors import UserError

if TYPE_CHECKING:
    from srgan.inference.pictures import Picture


def left_out(picture: Picture) -> list[str]:
    """What to say of what a file has and the result has not: other pages or frames, and colours of HDR."""
    said = []
    if picture.pages > 1:
        said.append(f"warning: {picture.path}: only one of {picture.pages} pages or frames is enlarged")
    if colours := picture.unkept_colours:
        said.append(
            f"warning: {picture.path}: its colours are {colours}, which are not kept, so the result looks pale or "
            "dull; convert the picture to sRGB first"
        )
    return said


def fault(source: Path, error: Exception) -> str:
    """The message of a picture that could not be enlarged. An error with one file does not stop the others."""
    if isinstance(error, UserError):
        return str(error)
    said = f"{type(error).__name__}: {error}"
    return f"{source}: failed unexpectedly ({said}); please report this, with the file if you can"


def chosen_automatically(reasons: Mapping[Path, str], done: int) -> str:
    """What to say of pictures that got a network which nobody asked for; nothing if there are none.

    Args:
        reasons: such a picture -> why.
        done: how many pictures there were in all.
    """
    from srgan.inference.choice import PHOTO_BELOW
    from srgan.inference.shipped import PHOTO

    if not reasons:
        return ""
    if len(reasons) > 1:
        share = "all" if len(reasons) == done else f"{len(reasons)} of them"
        return f"; {share} by the network {PHOTO}: JPEGs of a quality below {PHOTO_BELOW} (--model names another)"
    ((picture, reason),) = reasons.items()
    if done > 1:
        return f"; one of them by the network {PHOTO}: {picture.name}, {reason} (--model names another)"
    return f"; by the network {PHOTO}: {reason} (--model names another)"


def own_network(name: str | None) -> str:
    """What to say where a short name, which also means a pretrained network, means the one that was trained here."""
    from srgan.commands.networks import find_network
    from srgan.inference.shipped import PRETRAINED, SHIPPED

    if name not in PRETRAINED or (folder := find_network(name)) == SHIPPED / name:
        return ""
    return f"; by your own network {folder} (--model pretrained/{name} names the pretrained one)"


def counted(count: int) -> str:
    """A number of pictures, in words."""
    return f"{count} picture" + ("" if count == 1 else "s")
