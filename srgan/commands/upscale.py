"""`srgan upscale` takes files, folders and patterns, and writes PNG (TIFF for TIFF), unless --format names another.

Grey, alpha, 16 bits, colour profile, density, EXIF, XMP and IPTC are kept; CMYK becomes RGB. Pictures that have a
result are skipped, so after an interruption the same command continues.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

from srgan import interrupt
from srgan.commands.enlargers import Enlargers
from srgan.commands.networks import DEVICES, add_strength
from srgan.commands.notices import chosen_automatically, counted, fault, left_out, own_network
from srgan.commands.numbers import times, whole
from srgan.commands.replacing import add_out
from srgan.commands.watching import watch
from srgan.errors import UserError


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("pictures", nargs="+", metavar="IN", help="pictures, folders (with subfolders) or patterns")
    add_out(parser, required=True, metavar="OUT", help="folder for the results, or for one picture a file")
    parser.add_argument(
        "--model",
        metavar="M",
        help="pretrain, gan, vgg, wgan or photo: the stage you trained (models/gan), or else the pretrained network "
        "(pretrained/gan); a folder with model.json; an MLflow URI (models:/srgan-x4@champion); default: for a JPEG "
        "of a quality below 90 the pretrained network photo, else the pretrained SRResNet",
    )
    add_strength(parser)
    size = parser.add_argument_group(
        "size", "default: the size that the network makes, four times for the pretrained ones"
    )
    size.add_argument("--scale", type=times, metavar="S", help="a factor of the picture's size, such as 2 or 1.5")
    size.add_argument("--width", type=whole(1), metavar="PX", help="in pixels; alone, it keeps the proportions")
    size.add_argument("--height", type=whole(1), metavar="PX", help="in pixels; alone, it keeps the proportions")
    parser.add_argument(
        "--ensemble",
        action="store_true",
        help="average over the eight rotations and reflections: better, but eight times as slow",
    )
    parser.add_argument(
        "--format", choices=("png", "jpg", "webp", "tif"), help="of the results; png and tif keep 16 bits"
    )
    parser.add_argument("--no-metadata", action="store_true", help="leave out EXIF, XMP and IPTC: camera, date, place")
    parser.add_argument("--overwrite", action="store_true", help="also enlarge pictures that already have a result")
    parser.add_argument(
        "--watch",
        action="store_true",
        help="keep running and enlarge new pictures in the folders or patterns, until Ctrl-C",
    )
    parser.add_argument(
        "--device",
        choices=DEVICES,
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
    from srgan.inference.files import find_pictures, targets
    from srgan.sources.unread import warn_of_unread

    if options.scale and (options.width or options.height):
        raise UserError("--scale and --width or --height both say how large; leave one out")
    if options.strength < 1 and options.model is None:
        raise UserError("--strength mixes a network with SRResNet; name it with --model")
    if options.watch:
        watch(options)
        return
    pairs = targets(find_pictures(options.pictures, options.out), options.out, options.format)
    for folder in filter(Path.is_dir, map(Path, options.pictures)):
        warn_of_unread(folder)
    todo = [(source, target) for source, target in pairs if options.overwrite or not target.exists()]
    failed, reasons = _enlarge(todo, Enlargers(options))
    done, skipped = len(todo) - len(failed), len(pairs) - len(todo)
    there = f", {skipped} already there (--overwrite does them again)" if skipped else ""
    place = pairs[0][1] if len(pairs) == 1 else options.out
    network = chosen_automatically(reasons, done) or (own_network(options.model) if done else "")
    print(f"{counted(done)} enlarged into {place}{there}{network}")
    if failed:
        raise UserError(f"{counted(len(failed))} of {len(pairs)} failed:\n  " + "\n  ".join(failed))


def _enlarge(todo: list[tuple[Path, Path]], enlargers: Enlargers) -> tuple[list[str], dict[Path, str]]:
    """Enlarge the pictures one by one.

    Returns:
        The error messages; and for pictures whose network nobody asked for, why it was chosen.
    """
    from srgan.inference.pictures import pixel_count

    failed, planned, done = [], [], 0
    reasons: dict[Path, str] = {}
    for source, target in todo:
        try:
            planned.append((source, target, pixel_count(source), *enlargers.choose(source)))
        except (UserError, ModuleNotFoundError):  # wrong options are said before anything is made
            raise
        except Exception as error:
            failed.append(fault(source, error))
    pixels = sum(size for _, _, size, _, _ in planned)
    with (
        _said_at_the_end() as notices,
        tqdm(total=pixels, unit="px", unit_scale=True, file=sys.stderr, disable=None) as bar,
    ):

        def advance(pixels: float) -> None:
            bar.update(pixels)
            interrupt.check()

        for number, (source, target, _, enlarger, reason) in enumerate(planned, start=1):
            bar.set_description(f"{number}/{len(planned)} {source.name}")
            try:
                picture = enlarger.enlarge(source, target, advance)
            except Exception as error:
                failed.append(fault(source, error))
            except KeyboardInterrupt:
                notices.extend(failed)
                if len(todo) > 1:
                    network = chosen_automatically(reasons, done)
                    notices.append(
                        f"{counted(done)} of {len(todo)} enlarged; the same command does the others{network}"
                    )
                raise
            else:
                done += 1
                reasons |= {source: reason} if reason else {}
                notices.extend(left_out(picture))
    return failed, reasons


@contextmanager
def _said_at_the_end() -> Iterator[list[str]]:
    """Print messages when the progress bar is gone, also after Ctrl-C."""
    notices: list[str] = []
    try:
        yield notices
    finally:
        for notice in notices:
            print(notice, file=sys.stderr)
