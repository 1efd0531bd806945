"""The page shows which of DVC's experiments no other beats, and in what they differ."""

from __future__ import annotations

import argparse
from pathlib import Path

from srgan.commands.replacing import add_out

PAGE = Path("compare.html")


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_out(parser, default=PAGE, metavar="OUT", help="the page; default: %(default)s")
    parser.add_argument("--set", metavar="NAME", help="show this benchmark set; default: all")
    parser.add_argument("-A", "--all-commits", action="store_true", help="also the experiments of commits before HEAD")


def main(options: argparse.Namespace) -> None:
    """Write the page."""
    # Imported here: help must not wait for it.
    from srgan.atomic import write_text
    from srgan.errors import UserError
    from srgan.experiments.page import GENERATOR, render
    from srgan.experiments.read import read_comparison
    from srgan.root import project_root

    out = options.out
    if out.exists() and not (out.is_file() and GENERATOR.encode() in out.read_bytes()):
        raise UserError(f"{out}: exists already and is not a page of srgan compare; name another file with -o")
    comparison = read_comparison(project_root(), options.all_commits)
    sets = list(dict.fromkeys(name for experiment in comparison.experiments for name in experiment.means))
    if options.set and options.set not in sets:
        raise UserError(f"no experiment was measured on {options.set}; there are {', '.join(sets)}")
    page = render(comparison, [options.set] if options.set else sets)
    write_text(out, page)
    count = sum(experiment.kind == "experiment" for experiment in comparison.experiments)
    print(f"{out}: {count} experiment{'s' * (count > 1)}, {len(page.encode()) / 1000:,.0f} kB")
    for reason, names in comparison.reasons().items():
        print(f"left out, {reason}: {', '.join(names)}")
