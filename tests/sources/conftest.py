"""What the tests of sources share: nothing of theirs leaves the machine."""

import socket
import threading
from http.server import ThreadingHTTPServer

import pytest

from tests.sources.bad_server import Handler


@pytest.fixture
def no_network(monkeypatch):
    """Whoever connects to anything fails the test; and no folder is taken for the project's."""

    def refuse(*args, **kwargs):
        raise AssertionError("a test reached for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.delenv("DVC_ROOT", raising=False)


@pytest.fixture
def server(monkeypatch):
    """The server that misbehaves, at its address `base`; its `requests` are what it was asked for."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.requests, server.done = [], threading.Event()
        server.base = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.done.set()
        server.shutdown()
        thread.join()
