"""The presets are in params/: sample is the one that comes as params.yaml, the others say what they set differently."""

from __future__ import annotations

import argparse
from pathlib import Path

PRESETS = Path("params")
TARGET = Path("params.yaml")


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("preset", help="sample, paper, original, srresnet or perceptual")
    parser.add_argument("--overwrite", action="store_true", help="replace a params.yaml with settings of your own")


def main(options: argparse.Namespace) -> None:
    """Write params.yaml."""
    # Imported here: help must not wait for it.
    from srgan.errors import UserError
    from srgan.params.presets import write

    if not PRESETS.is_dir():
        raise UserError(f"there is no folder {PRESETS} here; run in the project's folder")
    write(PRESETS, options.preset, TARGET, overwrite=options.overwrite)
    print(f"{TARGET}: the settings of {PRESETS / options.preset}.yaml; `dvc repro` runs them")
