"""An interrupted run continues from its checkpoint by itself. Removing a checkpoint costs only that run's progress."""

from __future__ import annotations

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--remove", nargs="*", metavar="NAME", help="remove these, or all if no name is given; what is in use stays"
    )


def main(options: argparse.Namespace) -> None:
    """List scratch folders, or remove some."""
    # Imported here, so that --help does not wait for it.
    from srgan.commands.scratch_folders import listing, remove
    from srgan.training.checkpoint import scratch_root

    root = scratch_root()
    if options.remove is None:
        print(listing(root))
    else:
        removed = remove(root, options.remove)
        print("\n".join(f"removed {name}" for name in removed) or "nothing to remove")
