"""A network mixed of SRResNet and a GAN invents less detail than the GAN, and shows more detail than SRResNet."""

from __future__ import annotations

import argparse

from srgan.commands.numbers import fraction
from srgan.commands.replacing import add_out, add_overwrite, check_free


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    for name in ("A", "B"):
        parser.add_argument(name.lower(), metavar=name, help="a network, as for upscale --model")
    parser.add_argument("--alpha", type=fraction, required=True, metavar="W", help="share of B, from 0 (A) to 1 (B)")
    add_out(parser, required=True, metavar="OUT", help="folder for upscale --model OUT")
    add_overwrite(parser)


def main(options: argparse.Namespace) -> None:
    """Write the mixed network."""
    from srgan.commands.networks import find_network
    from srgan.inference.interpolate import interpolate_networks

    first, second = find_network(options.a), find_network(options.b)
    check_free(options.out, options.overwrite, folder=True)
    interpolate_networks(first, second, options.alpha, options.out)
    print(f"{options.out}: {1 - options.alpha:g} of {first} and {options.alpha:g} of {second}")
