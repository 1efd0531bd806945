"""Height and width stay free. The file says scale, value ranges and how the network was trained."""

from __future__ import annotations

import argparse
from pathlib import Path

from srgan.commands.replacing import add_overwrite, check_free

SUFFIXES = {"savedmodel": "", "onnx": ".onnx", "tflite": ".tflite"}


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--format", choices=tuple(SUFFIXES), required=True, help="what to write")
    parser.add_argument(
        "--model",
        metavar="M",
        help="a stage, a folder with model.json, or an MLflow URI; default: the network that comes with the repository",
    )
    parser.add_argument(
        "-o", "--out", type=Path, metavar="OUT", help="file, or folder for savedmodel; default: gan-x4.onnx and so on"
    )
    add_overwrite(parser)


def main(options: argparse.Namespace) -> None:
    """Write the network in another format."""
    from srgan.inference.find import find_network
    from srgan.quiet import import_tensorflow

    folder = find_network(options.model)
    import_tensorflow()
    from srgan.inference.export import describe, export

    about = describe(folder)
    name = about["trained"].get("stage", folder.name)  # a mixed network is of no stage
    out = options.out or Path(f"{name}-x{about['scale']}{SUFFIXES[options.format]}")
    check_free(out, options.overwrite)
    export(folder, out, options.format)
    print(f"{out}: {options.format} of {folder}")
