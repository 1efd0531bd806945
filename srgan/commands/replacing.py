"""The option --overwrite: without it, an existing output is not replaced."""

from __future__ import annotations

import argparse
from pathlib import Path

from srgan.errors import UserError


def add_overwrite(parser: argparse.ArgumentParser) -> None:
    """Declare --overwrite."""
    parser.add_argument("--overwrite", action="store_true", help="replace an existing output")


def check_free(out: Path, overwrite: bool) -> None:
    """Refuse to go on if `out` exists.

    Raises:
        UserError: it exists, and --overwrite was not given.
    """
    if out.exists() and not overwrite:
        raise UserError(f"{out}: exists already; give another place with -o, or --overwrite")
