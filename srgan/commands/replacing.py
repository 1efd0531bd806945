"""Where a command writes: the option -o, and --overwrite, without which an existing output is not replaced."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from srgan.errors import UserError


def add_out(parser: argparse.ArgumentParser, **options: Any) -> None:
    """Declare -o with the options of argparse; an empty name, as of an unset shell variable, is refused."""
    parser.add_argument("-o", "--out", type=_place, **options)


def add_overwrite(parser: argparse.ArgumentParser) -> None:
    """Declare --overwrite."""
    parser.add_argument("--overwrite", action="store_true", help="replace an existing output")


def check_free(out: Path, overwrite: bool, *, folder: bool = False) -> None:
    """Refuse to go on if `out` exists, or cannot be written there.

    Args:
        out: the output.
        overwrite: whether --overwrite was given.
        folder: whether a folder is written, not a file.

    Raises:
        UserError: it exists and is not to be replaced, a folder is where the file would be, or a file is where a folder
            is needed.
    """
    if out.is_dir() and not folder:
        raise UserError(f"{out}: is a folder; name a file with -o")
    if out.exists() and not overwrite:
        raise UserError(f"{out}: exists already; give another place with -o, or --overwrite")
    for parent in out.parents:
        if parent.is_file():
            raise UserError(f"{out}: {parent} is a file, so nothing can be in it; give another place with -o")


def _place(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("is empty; name a file or a folder")
    return Path(text)
