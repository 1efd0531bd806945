"""How a server runs and ends, for the commands that start one."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
from types import FrameType

import uvicorn


class Server(uvicorn.Server):
    """uvicorn's server; a second Ctrl-C ends it at once, and the requests it cuts off are not reported as errors."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal."""
        super().handle_exit(sig, frame)
        if self.force_exit:
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)


async def serve_until_signal(server: uvicorn.Server, listener: socket.socket) -> None:
    """Serve until Ctrl-C, SIGTERM or the end of the terminal, each of which lets the server end in order.

    Args:
        server: the server.
        listener: an open port.
    """

    def hang_up() -> None:
        server.should_exit = True

    # Under nohup the signal is ignored, and the server outlives its terminal.
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hang_up)
    await server.serve(sockets=[listener])
