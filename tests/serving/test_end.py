"""The end of the server, by signals and without a word, in the middle of pictures."""

import json
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.serving.client import Client, in_work, picture, process_of
from tests.web_servers import SECONDS, serving, until


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_picture_in_work_is_finished_when_the_server_stops(repository, tmp_path, sent):
    with serving(repository, tmp_path, "serve") as server, ThreadPoolExecutor(2) as pool:
        client, process = Client(server), process_of(server)
        first = pool.submit(client.enlarge, picture(tmp_path, 300, 300))
        until(lambda: in_work(server))
        second = pool.submit(client.enlarge, picture(tmp_path, 24, 24))
        until(lambda: client.health()[1]["taken"] == 2)
        server.send_signal(sent)
        status, headers, body = second.result()
        assert (status, json.loads(body)["error"]) == (503, "the server is stopping; send the picture again")
        assert "Retry-After" in headers
        assert first.result()[0] == 200
        server.wait(SECONDS)
        process.wait(SECONDS)
        assert server.stderr.read() == ""
        assert not list(server.files.iterdir())


@pytest.mark.parametrize("command", ["serve", "web"])
def test_who_cannot_wait_for_the_end_gets_it_without_a_traceback(repository, tmp_path, command):
    with serving(repository, tmp_path, command) as server, socket.socket() as client:
        Client(server).ask("GET", "/")  # it takes signals from when it answers
        host, port = server.url.removeprefix("http://").split(":")
        client.connect((host, int(port)))  # open, so that the server waits for its end
        client.sendall(b"POST /enlarge HTTP/1.1\r\nHost: " + host.encode() + b"\r\nContent-Length: 9\r\n\r\n1")
        time.sleep(0.2)
        for _ in range(2):
            server.send_signal(signal.SIGINT)
            time.sleep(0.1)
        server.wait(SECONDS)
        assert server.stderr.read() in ("", "interrupted\n")


def test_the_process_ends_with_a_server_that_is_killed_in_the_middle_of_a_picture(repository, tmp_path):
    with serving(repository, tmp_path, "serve") as server, ThreadPoolExecutor(1) as pool:
        client, process = Client(server), process_of(server)
        pool.submit(client.enlarge, picture(tmp_path, 600, 600))
        until(lambda: in_work(server))
        server.kill()
        server.wait(SECONDS)
        process.wait(5)  # the picture takes longer
