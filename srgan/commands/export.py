"""The exported network maps RGB in [0, 1] to RGB in [0, 1], at any height and width.

Its metadata say this and how it was trained.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from srgan.commands.replacing import add_out, add_overwrite, check_free
from srgan.errors import UserError

SUFFIXES = {"savedmodel": "", "onnx": ".onnx", "tflite": ".tflite"}


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--format", choices=tuple(SUFFIXES), required=True, help="what to write")
    parser.add_argument(
        "--model",
        metavar="M",
        help="as for upscale; default: the pretrained SRResNet",
    )
    add_out(
        parser,
        metavar="OUT",
        help="file, or folder for savedmodel; default: the stage and scale, such as pretrain-x4.onnx",
    )
    parser.add_argument(
        "--layout",
        choices=("nhwc", "nchw"),
        default="nhwc",
        help="axes of an ONNX file's pictures: (batch, height, width, 3), or (batch, 3, height, width)",
    )
    add_overwrite(parser)


def main(options: argparse.Namespace) -> None:
    """Write the network in another format."""
    from srgan.commands.networks import find_network
    from srgan.inference.export import describe, export_network

    folder = find_network(options.model)
    about = describe(folder)
    name = about["trained"].get("stage", folder.name)  # a mixed network belongs to no stage
    own_name = f"{name}-x{about['scale']}{SUFFIXES[options.format]}"
    out, is_folder = options.out or Path(own_name), options.format == "savedmodel"
    if out.is_dir() and not is_folder:
        out /= own_name
    if out.suffix in {*SUFFIXES.values()} - {"", SUFFIXES[options.format]}:
        raise UserError(f"-o {out}: its suffix and --format {options.format} disagree; change one")
    check_free(out, options.overwrite, folder=is_folder)
    export_network(folder, out, options.format, options.layout)
    print(f"{out}: {options.format} of {folder}")
