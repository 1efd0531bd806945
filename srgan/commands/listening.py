"""Where a server listens, and by which names it may be called; for the commands that start one."""

from __future__ import annotations

import argparse
import ipaddress
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import urlunsplit

from srgan.errors import UserError

UNREAD = 60.0  # seconds that a client may leave an answer unread
SERVER_PACKAGES = frozenset({"starlette", "uvicorn", "prometheus_client"})


class Place(NamedTuple):
    """An open port."""

    listener: socket.socket
    url: str
    # Host names that requests may use, or `*`; others are refused, so that a foreign page cannot reach the server by
    # another name.
    hosts: list[str]


def add_address(parser: argparse.ArgumentParser, port: int) -> None:
    """Declare --host and --port.

    Args:
        parser: of the command.
        port: the default.
    """
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="H",
        help="address to listen on; default: 127.0.0.1, which no other machine reaches",
    )
    parser.add_argument(
        "--port", type=_port, default=port, metavar="P", help=f"port to listen on; 0 takes a free one; default: {port}"
    )


@contextmanager
def listening(host: str, port: int) -> Iterator[Place]:
    """Listen for the length of a block, with a warning where other machines can reach the port.

    Raises:
        UserError: the address cannot be listened on.
    """
    with _listener(host, port) as listener:
        address, port = listener.getsockname()[:2]
        alone = ipaddress.ip_address(address).is_loopback
        if not alone:
            print(
                f"warning: other machines can reach {address}, port {port}: anyone who does can enlarge pictures here "
                "without a password, and the connection is not encrypted",
                file=sys.stderr,
            )
        name = f"[{address}]" if ":" in address else address
        hosts = ["127.0.0.1", "localhost", "[::1]", name] if alone else ["*"]
        yield Place(listener, urlunsplit(("http", f"{name}:{port}", "", "", "")), hosts)


@contextmanager
def packages_named(command: str) -> Iterator[None]:
    """Turn the absence of a package that servers need into a UserError that names it."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in SERVER_PACKAGES:
            raise
        raise UserError(
            f"{command} needs the package {package}: pip install '.[web]' in a copy of the project"
        ) from None


def _listener(host: str, port: int) -> socket.socket:
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.create_server(address[:2], family=family)
    except OSError as error:
        problem = str(error.strerror).partition(" (")[0]  # Python appends the address in brackets
        raise UserError(
            f"--host {host} --port {port}: cannot listen there ({problem}); give another --port, or an address "
            "of this machine as --host"
        ) from None
    # A server that closes a connection waits until the client has read what is on the way. Connections inherit this
    # limit of the system, where there is one (Linux).
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(1000 * UNREAD))
    return listener


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 2**16):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port, a whole number from 0 to 65535")
    return int(text)
