"""The open port of the servers; what they say of it is in test_web_command.py and test_serve_command.py."""

import socket
import sys

import pytest

from srgan.commands import listening


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such limit")
def test_a_client_that_does_not_read_is_cut_off(monkeypatch):
    monkeypatch.setattr(listening, "UNREAD", 0.3)
    with (
        listening.listening("127.0.0.1", 0) as place,
        socket.create_connection(place.listener.getsockname()),
        place.listener.accept()[0] as connection,
        pytest.raises(TimeoutError),
    ):
        connection.settimeout(None)
        while True:
            connection.sendall(bytes(2**20))
