"""Interrupted runs go on from there by themselves, so removing one only costs its progress."""

from __future__ import annotations

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--remove", nargs="*", metavar="NAME", help="remove these, or without a name all; never one that is in use"
    )


def main(options: argparse.Namespace) -> None:
    """List scratches, or remove some."""
    # Imported here: help must not wait for it.
    from srgan.commands.scratch_folders import listing, remove
    from srgan.training.checkpoint import scratch_root

    root = scratch_root()
    if options.remove is None:
        print(listing(root))
    else:
        removed = remove(root, options.remove)
        print("\n".join(f"removed {name}" for name in removed) or "nothing to remove")
