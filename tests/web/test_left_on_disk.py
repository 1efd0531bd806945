"""What is left on the server's disk: nothing of what was removed, refused or broken off."""

import json
import signal
import socket
import time

import pytest
from PIL import Image

from tests.pictures import smooth
from tests.web.conftest import Visitor
from tests.web_servers import serving, until


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_is_removed_is_gone_from_the_disk(server, visitor, photo):
    _, key = visitor.enlarge(photo)
    assert [path for path in files(server.files) if key in path.parts]
    assert visitor.ask(f"/pictures/{key}", method="DELETE")[0] == 204
    assert not [path for path in files(server.files) if key in path.parts]
    assert visitor.ask(f"/pictures/{key}")[0] == 404


def test_what_is_removed_while_it_is_enlarged_is_stopped(server, visitor, photo, tmp_path):
    Image.fromarray(smooth(2000, 2000, 3)).save(tmp_path / "large.png")  # minutes of work
    _, answer = visitor.send(tmp_path / "large.png")
    until(lambda: json.loads(visitor.ask(f"/pictures/{answer['key']}")[1])["state"] != "waiting")
    started = time.monotonic()
    assert visitor.ask(f"/pictures/{answer['key']}", method="DELETE")[0] == 204
    assert visitor.enlarge(photo)[0]["state"] == "done"
    assert time.monotonic() - started < 60
    assert not [path for path in files(server.files) if answer["key"] in path.parts]


def test_a_file_that_is_too_long_is_not_kept(server, visitor, tmp_path):
    before = len(files(server.files))
    (tmp_path / "long.tif").write_bytes(bytes(130 * 2**20))
    status, answer = visitor.send(tmp_path / "long.tif")
    assert (status, answer["error"]) == (422, "the file has more than 128 MB, which is the most that is taken")
    assert len(files(server.files)) == before


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGHUP])
def test_nothing_is_left_when_the_server_ends(repository, tmp_path, photo, sent):
    with serving(repository, tmp_path, "web") as server:
        Visitor(server.url).enlarge(photo)
        (folder,) = server.files.iterdir()
        assert folder.stat().st_mode & 0o077 == 0  # nobody else of the machine looks in
        server.send_signal(sent)
        assert server.wait(60) == 0
        assert not list(server.files.iterdir())
        assert server.stderr.read() == ""


def test_a_visitor_who_leaves_in_the_middle_leaves_nothing(server, visitor):
    host, port = server.url.removeprefix("http://").split(":")
    before = len(list(server.files.glob("*/*")))
    (cookie,) = visitor.cookies
    with socket.create_connection((host, int(port))) as connection:
        head = f"Host: {host}\r\nCookie: srgan={cookie.value}\r\nContent-Length: 1000000\r\n\r\n"
        connection.sendall(
            f"POST /pictures?name=a.png&network=pretrained/gan HTTP/1.1\r\n{head}".encode() + bytes(5000)
        )
        until(lambda: len(list(server.files.glob("*/*"))) > before)
    until(lambda: len(list(server.files.glob("*/*"))) == before)
