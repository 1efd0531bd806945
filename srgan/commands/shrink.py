"""`srgan shrink` makes LR pictures as the papers' benchmarks do, bicubic as MATLAB's imresize, and writes PNG.

Enlarge them with `srgan upscale`, and compare the results with the originals by `srgan score`. Pictures that have a
result are skipped, so after an interruption the same command continues.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from srgan import interrupt
from srgan.commands.notices import counted
from srgan.commands.numbers import add_scale
from srgan.commands.replacing import add_out
from srgan.errors import UserError


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("hr", type=Path, metavar="HR", help="a picture, or a folder of pictures, with its subfolders")
    add_out(parser, required=True, metavar="OUT", help="a folder, or a .png file")
    add_scale(parser, "how many times smaller each side becomes")
    parser.add_argument("--overwrite", action="store_true", help="also shrink pictures that already have a result")


def main(options: argparse.Namespace) -> None:
    """Shrink the pictures, each cropped to a multiple of the scale first, as `srgan score` crops the originals."""
    from srgan.data.images import read_image, write_png
    from srgan.data.resize import crop_to_multiple, shrink
    from srgan.sources.unread import warn_of_unread

    pairs = _pairs(options.hr, options.out)
    if options.hr.is_dir():
        warn_of_unread(options.hr)
    for source, target in pairs:
        if target.exists() and target.samefile(source):
            raise UserError(f"{source}: the result would replace the original; give another place with -o")
        if target.is_dir():
            raise UserError(f"{target}: is a folder, so the result of {source} cannot be there; rename one of the two")
    todo = [(source, target) for source, target in pairs if options.overwrite or not target.exists()]
    failed = []
    for source, target in tqdm(todo, unit="picture", file=sys.stderr, disable=None):
        try:
            hr = crop_to_multiple(read_image(source), options.scale)
            if not hr.size:
                raise UserError(f"{source}: too small to be shrunk by {options.scale}")
            write_png(target, shrink(hr, options.scale))
        except UserError as error:  # an error with one file does not stop the others
            failed.append(str(error))
        interrupt.check()
    done, skipped = len(todo) - len(failed), len(pairs) - len(todo)
    there = f", {skipped} already there (--overwrite does them again)" if skipped else ""
    place = pairs[0][1] if len(pairs) == 1 else options.out
    print(f"{counted(done)} shrunk into {place}{there}")
    if failed:
        raise UserError(f"{len(failed)} of {len(pairs)} failed:\n  " + "\n  ".join(failed))


def _pairs(hr: Path, out: Path) -> list[tuple[Path, Path]]:
    """Each original, and the file that it becomes."""
    from srgan.data.images import SUFFIXES
    from srgan.data.listing import images_by_name
    from srgan.inference.files import outside

    names_file = out.suffix.lower() in SUFFIXES and not out.is_dir()
    if names_file and out.suffix.lower() != ".png":
        raise UserError(f"-o {out}: results are written as png, not as {out.suffix[1:]}; end the name in .png")
    if not hr.is_dir():
        return [(hr, out if names_file else out / f"{hr.stem}.png")]
    if names_file:
        raise UserError(f"-o {out}: is a file, and {hr} is a folder; give a folder for the results")
    by_name = images_by_name(hr)
    originals = set(outside(list(by_name.values()), hr, out))  # not the results of an earlier call
    if not originals:
        raise UserError(f"{hr}: no pictures in this folder or its subfolders")
    return [(path, out / f"{name}.png") for name, path in by_name.items() if path in originals]
