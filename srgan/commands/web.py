"""The page is at http://127.0.0.1:8000, unless --host or --port say otherwise, until Ctrl-C.

Pictures and results are deleted when their owner closes the page, after an hour, when room is
needed, and when the server ends.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib

from srgan.commands.listening import add_address, listening, packages_named


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_address(parser, 8000)


def main(options: argparse.Namespace) -> None:
    """Serve, until the user stops it."""
    with packages_named("web"):
        import uvicorn

        from srgan.hosting.server import Server, serve_until_signal
        from srgan.web.app import HEADERS, build_app
    with listening(options.host, options.port) as place:
        print(f"srgan web: {place.url} (Ctrl-C stops)", flush=True)
        config = uvicorn.Config(
            build_app(place.hosts),
            log_level="warning",
            headers=HEADERS,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        with contextlib.suppress(KeyboardInterrupt):  # of Ctrl-C, which the server raises again at its end
            asyncio.run(serve_until_signal(Server(config), place.listener))
