"""`srgan upscale --watch`: enlarge new pictures as they come."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from srgan import interrupt
from srgan.commands.enlargers import Enlargers
from srgan.commands.notices import chosen_automatically, counted, fault, left_out, own_network
from srgan.errors import UnwritableError, UserError


def watch(options: argparse.Namespace) -> None:
    """Enlarge present and new pictures, and print a line for each, until the user stops it."""
    from srgan.inference.files import find_pictures, names_file, possible_targets
    from srgan.inference.watch import arrivals
    from srgan.sources.unread import warn_of_unread

    if options.overwrite:
        raise UserError("--watch and --overwrite do not go together: every picture would be enlarged again and again")
    if names_file(options.out):
        raise UserError(f"-o {options.out}: is a file, and --watch enlarges more than one picture; give a folder")
    for folder in filter(Path.is_dir, map(Path, options.pictures)):
        warn_of_unread(folder)
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
    failed: set[Path] = set()
    unwritten: set[Path] = set()  # tried again
    try:
        print(f"watching {', '.join(options.pictures)}; Ctrl-C stops{own_network(options.model)}", flush=True)
        for source, target in arrivals(pairs, unwritten):
            try:
                enlarger, reason = enlargers.choose(source)
                picture = enlarger.enlarge(source, target, lambda _: interrupt.check())
            except Exception as error:
                report(fault(source, error))
                failed.add(source)
                if isinstance(error, UnwritableError):
                    unwritten.add(source)
            else:
                done += 1
                failed.discard(source)
                print(f"{source} -> {target}{chosen_automatically({source: reason} if reason else {}, 1)}", flush=True)
                for notice in left_out(picture):
                    print(notice, file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        print(f"\n{counted(done)} enlarged into {options.out}" + (f", {len(failed)} failed" if failed else ""))
