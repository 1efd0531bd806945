"""It takes files, folders and patterns, and writes PNG (TIFF for TIFF), unless --format names another format.

Grey, alpha, 16 bits, colour profile, density, EXIF, XMP and IPTC are kept; CMYK becomes RGB. Pictures that have a
result are skipped, so after an interruption the same command continues.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from srgan.commands.numbers import fraction, times, whole
from srgan.errors import UserError

if TYPE_CHECKING:
    from srgan.inference.enlarger import Enlarger


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
        help="pretrain, gan, vgg or wgan: the stage you trained (models/gan), or else the network in the box "
        "(pretrained/gan); a folder with model.json; an MLflow URI (models:/srgan-x4@champion); default: the SRResNet "
        "in the box",
    )
    parser.add_argument(
        "--strength",
        type=fraction,
        default=1.0,
        metavar="W",
        help="weight of the network, from 0 to 1 (default); the rest is the SRResNet that its training started from",
    )
    size = parser.add_argument_group("size", "default: the network's, four times the picture's")
    size.add_argument("--scale", type=times, metavar="S", help="a factor of the picture's size, such as 2 or 1.5")
    size.add_argument("--width", type=whole(1), metavar="PX", help="in pixels; alone, it keeps the proportions")
    size.add_argument("--height", type=whole(1), metavar="PX", help="in pixels; alone, it keeps the proportions")
    parser.add_argument(
        "--ensemble",
        action="store_true",
        help="average over eight turns and mirrorings: better, in eight times the time",
    )
    parser.add_argument(
        "--format", choices=("png", "jpg", "webp", "tif"), help="of the results; png and tif keep 16 bits"
    )
    parser.add_argument("--no-metadata", action="store_true", help="leave out EXIF, XMP and IPTC: camera, date, place")
    parser.add_argument("--overwrite", action="store_true", help="enlarge pictures again that have a result")
    parser.add_argument(
        "--watch",
        action="store_true",
        help="keep running and enlarge new pictures in the folders or patterns, until Ctrl-C",
    )
    parser.add_argument(
        "--device",
        choices=("cpu", "cuda", "coreml", "directml"),
        default="cpu",
        help="device that computes; all but cpu need the packages onnx and onnxruntime (for cuda onnxruntime-gpu, for "
        "directml onnxruntime-directml)",
    )
    parser.add_argument(
        "--tile",
        type=whole(16),
        metavar="N",
        help="work in tiles of N x N input pixels; default: as large as 1 GiB, or half of the free memory, allow",
    )


def main(options: argparse.Namespace) -> None:
    """Enlarge the pictures; those that fail are reported at the end."""
    from srgan.commands.networks import find_network
    from srgan.inference.files import find_pictures, targets

    if options.scale and (options.width or options.height):
        raise UserError("--scale and --width or --height both say how large; leave one out")
    if options.watch:
        _watch(options)
        return
    pairs = targets(find_pictures(options.pictures, options.out), options.out, options.format)
    todo = [(source, target) for source, target in pairs if options.overwrite or not target.exists()]
    skipped = len(pairs) - len(todo)
    failed: list[str] = []
    if todo:
        failed = _enlarge(todo, _enlarger(find_network(options.model), options))
    done = len(todo) - len(failed)
    there = f", {skipped} already there (--overwrite does them again)" if skipped else ""
    print(f"{_pictures(done)} enlarged into {options.out}{there}")
    if failed:
        raise UserError(f"{_pictures(len(failed))} of {len(pairs)} failed:\n  " + "\n  ".join(failed))


def _enlarger(network: Path, options: argparse.Namespace) -> Enlarger:
    from srgan.inference.enlarger import Enlarger
    from srgan.inference.sizes import Size

    return Enlarger(
        network,
        tile=options.tile,
        device=options.device,
        strength=options.strength,
        symmetric=options.ensemble,
        size=Size(options.scale, options.width, options.height),
        metadata=not options.no_metadata,
    )


def _enlarge(todo: list[tuple[Path, Path]], enlarger: Enlarger) -> list[str]:
    """Enlarge the pictures one by one and return the error messages."""
    from srgan.inference.pictures import pixel_count

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


def _watch(options: argparse.Namespace) -> None:
    """Enlarge present and new pictures, and print a line for each, until the user stops it."""
    from srgan.commands.networks import find_network
    from srgan.inference.files import find_pictures, targets
    from srgan.inference.watch import arrivals

    if options.overwrite:
        raise UserError("--watch and --overwrite do not go together: every picture would be enlarged again and again")
    enlarger = _enlarger(find_network(options.model), options)

    def pairs() -> Iterable[tuple[Path, Path]]:
        return targets(find_pictures(options.pictures, options.out, empty=True), options.out, options.format)

    done = 0
    try:
        print(f"watching {', '.join(options.pictures)}; Ctrl-C stops", flush=True)
        for source, target in arrivals(pairs):
            try:
                enlarger.enlarge(source, target)
            except UserError as error:
                print(f"error: {error}", file=sys.stderr, flush=True)
            else:
                done += 1
                print(f"{source} -> {target}", flush=True)
    except KeyboardInterrupt:
        print(f"\n{_pictures(done)} enlarged into {options.out}")


def _pictures(count: int) -> str:
    return f"{count} picture" + ("" if count == 1 else "s")
