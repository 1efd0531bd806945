"""The open port of the servers; what they say of it is in test_web_command.py and test_serve_command.py."""

import socket
import sys
from urllib.parse import urlsplit

import pytest

from srgan.commands import listening
from srgan.errors import UserError


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2", "::1"])
def test_a_server_may_be_called_by_the_address_that_is_printed(host):
    try:
        with listening.listening(host, 0) as (_, url, hosts):
            assert urlsplit(url).netloc.rpartition(":")[0] in hosts
            assert set(hosts) >= {"127.0.0.1", "localhost", "[::1]"}
            assert "*" not in hosts
    except UserError:  # systems differ in the addresses that they have
        assert host not in ("127.0.0.1", "localhost")


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
