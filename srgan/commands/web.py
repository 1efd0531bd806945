"""The page is at http://127.0.0.1:8000 until Ctrl-C.

Pictures and results are deleted when their owner closes the page, after an hour, and when the server ends.
"""

from __future__ import annotations

import argparse
import contextlib
import ipaddress
import socket
import sys
from urllib.parse import urlunsplit

from srgan.errors import UserError


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="H",
        help="address to listen on; default: 127.0.0.1, which no other machine reaches",
    )
    parser.add_argument(
        "--port", type=_port, default=8000, metavar="P", help="port to listen on; 0 takes a free one; default: 8000"
    )


def main(options: argparse.Namespace) -> None:
    """Serve, until the user stops it."""
    try:
        import uvicorn

        from srgan.web.app import HEADERS, build_app
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in ("starlette", "uvicorn"):
            raise
        raise UserError(f"web needs the package {package}: pip install '.[web]' in a copy of the project") from None
    with _listening(options.host, options.port) as listener:
        address, port = listener.getsockname()[:2]
        alone = ipaddress.ip_address(address).is_loopback
        if not alone:
            print(
                f"warning: other machines can reach {address}, port {port}: anyone who does can enlarge pictures here "
                "without a password, and the connection is not encrypted",
                file=sys.stderr,
            )
        place = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        print(f"srgan web: {urlunsplit(('http', place, '', '', ''))} (Ctrl-C stops)", flush=True)
        app = build_app(["127.0.0.1", "localhost", "[::1]"] if alone else ["*"])
        config = uvicorn.Config(
            app, log_level="warning", headers=HEADERS, server_header=False, timeout_graceful_shutdown=1
        )
        with contextlib.suppress(KeyboardInterrupt):  # of Ctrl-C, which the server raises again at its end
            uvicorn.Server(config).run(sockets=[listener])


def _listening(host: str, port: int) -> socket.socket:
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family)
    except OSError as error:
        problem = str(error.strerror).partition(" (")[0]  # Python appends the address in brackets
        raise UserError(
            f"--host {host} --port {port}: cannot listen there ({problem}); give another --port, or an address "
            "of this machine as --host"
        ) from None


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 2**16):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port, a whole number from 0 to 65535")
    return int(text)
