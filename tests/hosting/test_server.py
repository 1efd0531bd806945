"""What the end of a terminal means to a server; test_left_on_disk.py sends the signals to a real one."""

import asyncio
import os
import signal

import pytest

from srgan.hosting.server import serve_until_signal


class Server:
    """Stands where uvicorn's does, and is sent SIGHUP while it serves."""

    should_exit = False

    async def serve(self, sockets):
        assert sockets == ["listener"]
        os.kill(os.getpid(), signal.SIGHUP)
        await asyncio.sleep(0)  # in which the loop calls the handler
        await asyncio.sleep(0)


@pytest.fixture
def hang_up():
    """A function that says what the process does at SIGHUP, until the test ends."""
    before = signal.getsignal(signal.SIGHUP)
    yield lambda handler: signal.signal(signal.SIGHUP, handler)
    signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize(("handler", "ends"), [(signal.SIG_DFL, True), (signal.SIG_IGN, False)])
def test_the_server_ends_with_its_terminal_except_under_nohup(hang_up, handler, ends):
    hang_up(handler)
    server = Server()
    asyncio.run(serve_until_signal(server, "listener"))
    assert server.should_exit == ends
