"""The server enlarges the picture that a program sends to /enlarge, and answers with a PNG.

/health says whether all is well, and /metrics is for Prometheus. One picture is enlarged at a time. While --places
pictures are in the server, it answers 503 with Retry-After to others.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib

from srgan.commands.listening import add_address, listening, packages_named
from srgan.commands.networks import DEVICES, add_strength, find_network
from srgan.commands.numbers import whole


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_address(parser, 8080)
    parser.add_argument(
        "--model",
        metavar="M",
        help="as that of `srgan upscale`, for instance models:/srgan-x4@champion; default: the pretrained SRResNet",
    )
    add_strength(parser)
    parser.add_argument(
        "--places",
        type=whole(1),
        default=8,
        metavar="N",
        help="pictures that arrive, wait or are enlarged at a time; default: 8",
    )
    parser.add_argument("--device", choices=DEVICES, default="cpu", help="as that of `srgan upscale`")


def main(options: argparse.Namespace) -> None:
    """Serve, until the user stops it."""
    from srgan.inference.shipped import SRRESNET

    with packages_named("serve"):
        from srgan.serving.server import ServiceOptions, serve
    network = find_network(options.model)
    service = ServiceOptions(options.model or SRRESNET, network, options.strength, options.device, options.places)
    with (
        listening(options.host, options.port) as place,
        contextlib.suppress(KeyboardInterrupt),  # of Ctrl-C, which the server raises again at its end
    ):

        def ready() -> None:
            print(f"srgan serve: {place.url}/enlarge (Ctrl-C stops)", flush=True)

        asyncio.run(serve(service, place.listener, place.hosts, ready))
