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

from srgan import interrupt
from srgan.commands.enlargers import Enlargers
from srgan.commands.networks import DEVICES, add_strength
from srgan.commands.numbers import times, whole
from srgan.errors import UserError

if TYPE_CHECKING:
    from srgan.inference.pictures import Picture


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
        help="pretrain, gan, vgg, wgan or photo: the stage you trained (models/gan), or else the network in the box "
        "(pretrained/gan); a folder with model.json; an MLflow URI (models:/srgan-x4@champion); default: for a JPEG "
        "of a quality below 90 the pretrained network photo, else the pretrained SRResNet",
    )
    add_strength(parser)
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
    if options.strength < 1 and not options.model:
        raise UserError("--strength mixes a network with SRResNet; name it with --model")
    if options.watch:
        _watch(options)
        return
    pairs = targets(find_pictures(options.pictures, options.out), options.out, options.format)
    for folder in filter(Path.is_dir, map(Path, options.pictures)):
        warn_of_unread(folder)
    todo = [(source, target) for source, target in pairs if options.overwrite or not target.exists()]
    failed, reasons = _enlarge(todo, Enlargers(options))
    done, skipped = len(todo) - len(failed), len(pairs) - len(todo)
    there = f", {skipped} already there (--overwrite does them again)" if skipped else ""
    place = pairs[0][1] if len(pairs) == 1 else options.out
    network = _unasked(reasons) or (_own(options.model) if done else "")
    print(f"{_pictures(done)} enlarged into {place}{there}{network}")
    if failed:
        raise UserError(f"{_pictures(len(failed))} of {len(pairs)} failed:\n  " + "\n  ".join(failed))


def _enlarge(todo: list[tuple[Path, Path]], enlargers: Enlargers) -> tuple[list[str], list[str]]:
    """Enlarge the pictures one by one: the error messages, and why some got a network that nobody asked for."""
    from srgan.inference.pictures import pixel_count

    failed, reasons, planned, notices = [], [], [], []
    for source, target in todo:
        try:
            planned.append((source, target, pixel_count(source), *enlargers.choose(source)))
        except (UserError, ModuleNotFoundError):  # wrong options are said before anything is made
            raise
        except Exception as error:
            failed.append(_fault(source, error))
    pixels = sum(size for _, _, size, _, _ in planned)
    with tqdm(total=pixels, unit="px", unit_scale=True, file=sys.stderr, disable=None) as bar:

        def advance(pixels: float) -> None:
            bar.update(pixels)
            interrupt.check()

        for number, (source, target, _, enlarger, reason) in enumerate(planned, start=1):
            bar.set_description(f"{number}/{len(planned)} {source.name}")
            try:
                picture = enlarger.enlarge(source, target, advance)
            except Exception as error:
                failed.append(_fault(source, error))
            else:
                reasons += [reason] if reason else []
                notices += _left_out(picture)
    for notice in notices:
        print(notice, file=sys.stderr)
    return failed, reasons


def _left_out(picture: Picture) -> list[str]:
    """What to say of a file whose other pages or frames are not in the result."""
    if picture.pages == 1:
        return []
    return [f"warning: {picture.path}: only one of {picture.pages} pages or frames is enlarged"]


def _fault(source: Path, error: Exception) -> str:
    """The message of a picture that could not be enlarged. One file's error never keeps the others from it."""
    if isinstance(error, UserError):
        return str(error)
    said = f"{type(error).__name__}: {error}"
    return f"{source}: failed unexpectedly ({said}); please report this, with the file if you can"


def _unasked(reasons: list[str]) -> str:
    """What to say of pictures that got a network which nobody asked for; nothing if there are none."""
    from srgan.inference.choice import PHOTO_BELOW
    from srgan.inference.shipped import PHOTO

    if not reasons:
        return ""
    which = reasons[0] if len(reasons) == 1 else f"{len(reasons)} JPEGs of a quality below {PHOTO_BELOW}"
    return f"; by the network {PHOTO}: {which} (--model names another)"


def _own(name: str | None) -> str:
    """What to say where a short name, which also means a network in the box, means the one that was trained here."""
    from srgan.commands.networks import find_network
    from srgan.inference.shipped import BOX, SHIPPED

    if name not in BOX or (folder := find_network(name)) == SHIPPED / name:
        return ""
    return f"; by your own network {folder} (--model pretrained/{name} names the one in the box)"


def _watch(options: argparse.Namespace) -> None:
    """Enlarge present and new pictures, and print a line for each, until the user stops it."""
    from srgan.inference.files import find_pictures, names_file, possible_targets
    from srgan.inference.watch import arrivals

    if options.overwrite:
        raise UserError("--watch and --overwrite do not go together: every picture would be enlarged again and again")
    if names_file(options.out):
        raise UserError(f"-o {options.out}: is a file, and --watch enlarges more than one picture; give a folder")
    enlargers = Enlargers(options)
    enlargers.load()
    reported: set[str] = set()

    def report(message: str) -> None:
        print(f"error: {message}", file=sys.stderr, flush=True)

    def look() -> tuple[list[tuple[Path, Path]], list[str]]:
        found = find_pictures(options.pictures, options.out, empty=True)
        return possible_targets(found, options.out, options.format)

    def pairs() -> Iterable[tuple[Path, Path]]:
        try:
            possible, problems = look()
        except UserError as error:  # a folder that has gone may come back
            possible, problems = [], [str(error)]
        for problem in problems:
            if problem not in reported:
                report(problem)
        reported.update(problems)
        return possible

    look()  # what is wrong from the start ends the command

    done = 0
    try:
        print(f"watching {', '.join(options.pictures)}; Ctrl-C stops{_own(options.model)}", flush=True)
        for source, target in arrivals(pairs):
            try:
                enlarger, reason = enlargers.choose(source)
                picture = enlarger.enlarge(source, target, lambda _: interrupt.check())
            except Exception as error:
                report(_fault(source, error))
            else:
                done += 1
                print(f"{source} -> {target}{_unasked([reason] if reason else [])}", flush=True)
                for notice in _left_out(picture):
                    print(notice, file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        print(f"\n{_pictures(done)} enlarged into {options.out}")


def _pictures(count: int) -> str:
    return f"{count} picture" + ("" if count == 1 else "s")
