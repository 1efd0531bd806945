"""Downloads against a server on this machine that misbehaves in every way seen."""

import errno
import hashlib
import os
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from srgan.errors import UserError
from srgan.sources import fetch
from srgan.sources.fetch import Downloads, RemoteFile, cache_folder

CONTENT = np.random.default_rng(0).bytes(200_000)
WRONG = np.random.default_rng(1).bytes(200_000)


class Handler(BaseHTTPRequestHandler):
    """Behaves as the first part of the path says."""

    def do_GET(self) -> None:
        behaviour = self.path.split("/")[1]
        self.server.requests.append((behaviour, self.headers.get("Range")))
        getattr(self, behaviour)()

    def log_message(self, *args) -> None:
        pass

    def _send(self, body: bytes, length: int | None = None, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _rest(self) -> int:
        wanted = self.headers.get("Range")
        return int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0

    def good(self) -> None:
        self._send(CONTENT, len(CONTENT))

    def unannounced(self) -> None:
        self._send(CONTENT)

    def missing(self) -> None:
        self.send_error(404)

    def broken(self) -> None:
        self.send_error(500)

    def wrong(self) -> None:
        self._send(WRONG, len(WRONG))

    def page(self) -> None:
        self._send(b"<html>please log in</html>", 26)

    def endless(self) -> None:
        self._send(CONTENT + WRONG)

    def truncated(self) -> None:
        self._send(CONTENT[:150_000], len(CONTENT))

    def truncated_unannounced(self) -> None:
        self._send(CONTENT[:150_000])

    def ranged(self) -> None:
        """Breaks off after 60,000 bytes, but goes on where it is asked to."""
        start = self._rest()
        span = f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"
        self._send(CONTENT[start : start + 60_000], len(CONTENT) - start, 206 if start else 200, Content_Range=span)

    def other_range(self) -> None:
        self._send(CONTENT[1:], len(CONTENT) - 1, 206, Content_Range=f"bytes 1-{len(CONTENT) - 1}/{len(CONTENT)}")

    def sent_astray(self) -> None:
        self._send(b"", 0, 302, Location="http://[::1")

    def silent(self) -> None:
        self.server.done.wait(10)

    def stalled(self) -> None:
        self._send(CONTENT[:100_000], len(CONTENT))
        self.wfile.flush()
        self.server.done.wait(10)

    def trickle(self) -> None:
        self._send(b"", len(CONTENT))
        for byte in CONTENT[:200]:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            if self.server.done.wait(0.05):
                return


@pytest.fixture
def server(monkeypatch):
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


def photo(*urls: str, size: int = len(CONTENT)) -> RemoteFile:
    return RemoteFile("set5", "baby.png", urls, f"sha256:{hashlib.sha256(CONTENT).hexdigest()}", size)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and path.name != ".lock")


@pytest.mark.parametrize("behaviour", ["good", "unannounced", "ranged"])
def test_a_file_comes_whole_and_is_fetched_once(server, tmp_path, behaviour):
    file = photo(f"{server.base}/{behaviour}")
    path = Downloads([], tmp_path).fetch(file)
    assert path == tmp_path / "set5" / "baby.png"
    assert path.read_bytes() == CONTENT
    assert names(tmp_path) == ["baby.png"]
    asked = len(server.requests)
    assert Downloads([], tmp_path).fetch(file) == path
    assert len(server.requests) == asked


def test_md5_is_understood(server, tmp_path):
    md5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
    file = RemoteFile("vgg19", "w.h5", (f"{server.base}/good",), f"md5:{md5}", len(CONTENT))
    assert Downloads([], tmp_path).fetch(file).read_bytes() == CONTENT


def test_a_broken_transfer_goes_on_where_it_stopped(server, tmp_path):
    Downloads([], tmp_path).fetch(photo(f"{server.base}/ranged"))
    assert server.requests == [
        ("ranged", None),
        ("ranged", "bytes=60000-"),
        ("ranged", "bytes=120000-"),
        ("ranged", "bytes=180000-"),
    ]


def test_a_later_run_goes_on_where_an_earlier_one_stopped(server, tmp_path, monkeypatch):
    monkeypatch.setattr(fetch, "ATTEMPTS", 2)
    file = photo(f"{server.base}/ranged")
    with pytest.raises(UserError, match="broke off: 120000 of 200000 bytes"):
        Downloads([], tmp_path).fetch(file)
    assert not (tmp_path / "set5" / "baby.png").exists()
    assert Downloads([], tmp_path).fetch(file).read_bytes() == CONTENT
    assert server.requests[2:] == [("ranged", "bytes=120000-"), ("ranged", "bytes=180000-")]


def test_a_kept_part_of_something_else_does_no_harm(server, tmp_path, monkeypatch):
    monkeypatch.setattr(fetch, "ATTEMPTS", 1)
    file = photo(f"{server.base}/ranged")
    with pytest.raises(UserError):
        Downloads([], tmp_path).fetch(file)
    (part,) = (tmp_path / "set5").glob("*.part")
    monkeypatch.setattr(fetch, "ATTEMPTS", 5)
    part.write_bytes(WRONG[: len(CONTENT) - 10])  # what is fetched after it cannot fit
    monkeypatch.setattr(Handler, "ranged", lambda self: self._whole_or_rest())
    monkeypatch.setattr(Handler, "_whole_or_rest", _whole_or_rest, raising=False)
    assert Downloads([], tmp_path).fetch(file).read_bytes() == CONTENT
    assert [wanted for _, wanted in server.requests[1:]] == [f"bytes={len(CONTENT) - 10}-", None]


def _whole_or_rest(self) -> None:
    start = self._rest()
    span = f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"
    self._send(CONTENT[start:], len(CONTENT) - start, 206 if start else 200, Content_Range=span)


ANSWERS = {
    "missing": "HTTP 404",
    "broken": "HTTP 500",
    "wrong": "wrong bytes",
    "page": "offers 26 bytes, not 200000",
    "endless": "broke off|wrong bytes",
    "truncated": "broke off",
    "truncated_unannounced": "broke off: 150000 of 200000 bytes",
    "other_range": "another range",
    "sent_astray": "an address that is none",
}


@pytest.mark.parametrize("behaviour", ANSWERS)
def test_a_bad_answer_is_told_and_never_taken_for_the_file(server, tmp_path, behaviour):
    url = f"{server.base}/{behaviour}"
    with pytest.raises(UserError, match=rf"{url}: .*({ANSWERS[behaviour]})") as raised:
        Downloads([], tmp_path).fetch(photo(url))
    assert str(tmp_path / "set5" / "baby.png") in str(raised.value)
    assert "data.mirrors" in str(raised.value)
    assert not [name for name in names(tmp_path) if not name.endswith(".part")]


@pytest.mark.parametrize("behaviour", ["silent", "stalled", "trickle"])
def test_a_server_that_stalls_costs_a_bounded_wait(server, tmp_path, monkeypatch, behaviour):
    monkeypatch.setattr(fetch, "STALL_TIMEOUT", 0.5)
    start = time.monotonic()
    with pytest.raises(UserError, match="stalled"):
        Downloads([], tmp_path).fetch(photo(f"{server.base}/{behaviour}"))
    assert time.monotonic() - start < 3
    assert not (tmp_path / "set5" / "baby.png").exists()


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


def test_a_file_put_in_the_cache_by_hand_needs_no_network(tmp_path):
    path = tmp_path / "set5" / "baby.png"
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    assert Downloads([], tmp_path).fetch(photo("http://127.0.0.1:9/")) == path


def test_a_damaged_file_in_the_cache_is_fetched_again(server, tmp_path):
    path = tmp_path / "set5" / "baby.png"
    path.parent.mkdir()
    path.write_bytes(CONTENT[:-1] + b"x")
    Downloads([], tmp_path).fetch(photo(f"{server.base}/good"))
    assert path.read_bytes() == CONTENT


def test_a_mirror_that_is_no_address(tmp_path):
    for mirror in ("/mnt/photos", "http://[", "https:///photos"):
        with pytest.raises(UserError, match=rf"data\.mirrors: '{re.escape(mirror)}' is not an address"):
            Downloads([mirror], tmp_path)


def test_a_cache_that_cannot_be_written(server, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match=r"cannot be written.*SRGAN_CACHE"):
        Downloads([], tmp_path / "file").fetch(photo(f"{server.base}/good"))


def test_a_full_disk(server, tmp_path, monkeypatch):
    def full(*args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        yield

    monkeypatch.setattr(fetch, "_paced", full)
    with pytest.raises(UserError, match="No space left on device"):
        Downloads([], tmp_path).fetch(photo(f"{server.base}/good"))
    assert not (tmp_path / "set5" / "baby.png").exists()


def test_the_cache_is_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("SRGAN_CACHE", "kept")
    assert cache_folder(tmp_path) == tmp_path / "kept"
    monkeypatch.setenv("SRGAN_CACHE", "/kept")
    assert cache_folder(tmp_path) == Path("/kept")
    monkeypatch.delenv("SRGAN_CACHE")
    assert cache_folder(tmp_path).name == "srgan"


def test_two_that_want_a_file_at_once_fetch_it_once(server, tmp_path, monkeypatch):
    def slow(self):
        time.sleep(0.5)
        self.good()

    monkeypatch.setattr(Handler, "slow", slow, raising=False)
    with ThreadPoolExecutor(2) as pool:
        paths = list(pool.map(lambda _: Downloads([], tmp_path).fetch(photo(f"{server.base}/slow")), range(2)))
    assert [path.read_bytes() for path in paths] == [CONTENT] * 2
    assert server.requests == [("slow", None)]
