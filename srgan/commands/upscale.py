"""Files, folders and patterns in; PNG out (TIFF for TIFF), unless --format says otherwise.

Grey, alpha, 16 bits, colour profile and density are kept, CMYK becomes RGB, EXIF data are not copied. What is there
already is skipped, so after an interruption the same command goes on.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from srgan.errors import UserError

PRECISIONS = ("auto", "float32", "mixed_bfloat16", "mixed_float16")


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("pictures", nargs="+", metavar="IN", help="pictures, folders (with subfolders) or patterns")
    parser.add_argument(
        "-o",
        "--out",
        type=Path,
        required=True,
        metavar="OUT",
        help="folder for the results, or for one picture a file",
    )
    parser.add_argument(
        "--model",
        metavar="M",
        help="a stage (gan: models/gan), a folder with model.json, or an MLflow URI (models:/srgan-x4@champion); "
        "default: the network that comes with the repository",
    )
    parser.add_argument(
        "--tile",
        type=_tile,
        metavar="N",
        help="work in tiles of N x N input pixels; default: as large as 512 MiB, or half of the free memory, allow",
    )
    parser.add_argument(
        "--precision",
        choices=PRECISIONS,
        default="auto",
        help="auto: mixed_bfloat16 for pictures of 8 bits where processor or GPU compute in it (half the time, a level "
        "of 255 off here and there), else float32",
    )
    parser.add_argument(
        "--format", choices=("png", "jpg", "webp", "tif"), help="of the results; png and tif keep 16 bits"
    )
    parser.add_argument("--overwrite", action="store_true", help="enlarge again what is there already")


def main(options: argparse.Namespace) -> None:
    """Enlarge; what fails is reported at the end, and the rest is done."""
    from srgan.inference.files import find_pictures, targets
    from srgan.inference.find import find_network

    pairs = targets(find_pictures(options.pictures, options.out), options.out, options.format)
    todo = [(source, target) for source, target in pairs if options.overwrite or not target.exists()]
    skipped = len(pairs) - len(todo)
    failed: list[str] = []
    if todo:
        failed = _enlarge(todo, find_network(options.model), options)
    done = len(todo) - len(failed)
    there = f", {skipped} already there (--overwrite does them again)" if skipped else ""
    print(f"{_pictures(done)} enlarged into {options.out}{there}")
    if failed:
        raise UserError(f"{_pictures(len(failed))} of {len(pairs)} failed:\n  " + "\n  ".join(failed))


def _enlarge(todo: list[tuple[Path, Path]], network: Path, options: argparse.Namespace) -> list[str]:
    """Enlarge the pictures one by one; returns what went wrong with some."""
    from srgan.quiet import import_tensorflow

    import_tensorflow()
    from srgan.inference.enlarger import Enlarger
    from srgan.inference.pictures import pixel_count

    enlarger = Enlarger(network, options.precision, options.tile)
    failed = []
    sizes = [pixel_count(source) for source, _ in todo]
    with tqdm(total=sum(sizes), unit="px", unit_scale=True, file=sys.stderr, disable=None) as bar:
        for number, (source, target) in enumerate(todo, start=1):
            bar.set_description(f"{number}/{len(todo)} {source.name}")
            try:
                enlarger.enlarge(source, target, bar.update)
            except UserError as error:
                failed.append(str(error))
    return failed


def _pictures(count: int) -> str:
    return f"{count} picture" + ("" if count == 1 else "s")


def _tile(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 16:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 16")
    return value
