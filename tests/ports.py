"""Ports for servers that must be told one, and cannot take 0 or a socket that is open already."""

import socket
from contextlib import ExitStack


def free_ports(count: int) -> list[int]:
    """So many different ports of 127.0.0.1 that nobody listens on. Let the servers take them soon."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def free_port() -> int:
    """One such port."""
    return free_ports(1)[0]
