"""What the tests of sources share: nothing of theirs leaves the machine."""

import socket

import pytest


@pytest.fixture
def no_network(monkeypatch):
    """Whoever connects to anything fails the test; and no folder is taken for the project's."""

    def refuse(*args, **kwargs):
        raise AssertionError("a test reached for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.delenv("DVC_ROOT", raising=False)
