"""The presets are in params/. `sample` is complete; the others list only the settings in which they differ from it."""

from __future__ import annotations

import argparse
from pathlib import Path

PRESETS = Path("params")
TARGET = Path("params.yaml")


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("preset", help=f"the name of a file in {PRESETS}, without .yaml: sample, paper, ...")
    parser.add_argument(
        "--overwrite", action="store_true", help="replace params.yaml even if you have changed settings in it"
    )


def main(options: argparse.Namespace) -> None:
    """Write params.yaml."""
    # Imported here, so that --help does not wait for it.
    from srgan.errors import UserError
    from srgan.params.presets import write

    if not PRESETS.is_dir():
        raise UserError(f"there is no folder {PRESETS} here; run in the project's folder")
    write(PRESETS, options.preset, TARGET, overwrite=options.overwrite)
    print(f"{TARGET}: the settings of {PRESETS / options.preset}.yaml; `dvc repro` runs them")
