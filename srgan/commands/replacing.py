"""What is there already is replaced only when the command line says so."""

from __future__ import annotations

import argparse
from pathlib import Path

from srgan.errors import UserError


def add_overwrite(parser: argparse.ArgumentParser) -> None:
    """Declare --overwrite."""
    parser.add_argument("--overwrite", action="store_true", help="replace what is there already")


def check_free(out: Path, overwrite: bool) -> None:
    """Raises UserError: something is at `out`, and --overwrite is not given."""
    if out.exists() and not overwrite:
        raise UserError(f"{out}: is there already; give another place with -o, or --overwrite")
