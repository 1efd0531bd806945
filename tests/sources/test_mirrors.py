"""Which addresses a file is asked for at, in which order, and what is said when none has it."""

import re
from http.server import ThreadingHTTPServer

import pytest

from srgan.errors import UserError
from srgan.sources import fetch
from srgan.sources.fetch import Downloads
from tests.sources.bad_server import ANSWERS, CONTENT, Handler, names, photo


@pytest.mark.parametrize("behaviour", [*ANSWERS, "stalled"])
def test_the_next_address_helps_out(server, tmp_path, monkeypatch, behaviour):
    monkeypatch.setattr(fetch, "STALL_TIMEOUT", 0.5)
    file = photo(f"{server.base}/{behaviour}", f"{server.base}/good")
    assert Downloads([], tmp_path).fetch(file).read_bytes() == CONTENT
    assert names(tmp_path) == ["baby.png"]  # no parts are left


def test_mirrors_come_first_and_are_asked_by_set_and_name(server, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(Handler, "do_GET", lambda self: (asked.append(self.path), self.good()))
    Downloads([f"{server.base}/mine/"], tmp_path).fetch(photo(f"{server.base}/origin"))
    assert asked == ["/mine/set5/baby.png"]


def test_a_silent_mirror_is_asked_last_for_the_next_file(server, tmp_path, monkeypatch):
    monkeypatch.setattr(fetch, "STALL_TIMEOUT", 1.0)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as dead:  # takes connections, never answers
        downloads = Downloads([f"http://127.0.0.1:{dead.server_port}"], tmp_path)
        downloads.fetch(photo(f"{server.base}/good"))
        (tmp_path / "set5" / "baby.png").unlink()
        downloads.fetch(photo(f"{server.base}/good"))
        dead.socket.setblocking(False)
        dead.socket.accept()[0].close()  # the first file's connection
        with pytest.raises(BlockingIOError):  # and no other
            dead.socket.accept()


def test_a_github_address_has_a_copy_at_jsdelivr(tmp_path):
    file = photo("https://raw.githubusercontent.com/owner/repo/0123abc/sets/Set5/baby.png")
    assert Downloads(["https://my.org/m"], tmp_path)._addresses(file) == [
        "https://my.org/m/set5/baby.png",
        "https://raw.githubusercontent.com/owner/repo/0123abc/sets/Set5/baby.png",
        "https://cdn.jsdelivr.net/gh/owner/repo@0123abc/sets/Set5/baby.png",
    ]


def test_no_network_lists_every_address(tmp_path, server):
    closed = "http://127.0.0.1:9"  # the discard port: refused
    with pytest.raises(UserError) as raised:
        Downloads([closed], tmp_path).fetch(photo(f"{server.base}/missing"))
    assert f"{closed}/set5/baby.png: no connection: Connection refused" in str(raised.value)
    assert f"{server.base}/missing: HTTP 404" in str(raised.value)


def test_a_mirror_that_is_no_address(tmp_path):
    for mirror in ("/mnt/photos", "http://[", "https:///photos"):
        with pytest.raises(UserError, match=rf"data\.mirrors: '{re.escape(mirror)}' is not an address"):
            Downloads([mirror], tmp_path)
