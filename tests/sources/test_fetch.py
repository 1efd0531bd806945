"""Downloads against a server on this machine that misbehaves in every way seen."""

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from srgan.errors import UserError
from srgan.sources import fetch
from srgan.sources.fetch import Downloads, RemoteFile
from tests.sources.bad_server import ANSWERS, CONTENT, WRONG, Handler, names, photo


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


def test_two_that_want_a_file_at_once_fetch_it_once(server, tmp_path, monkeypatch):
    def slow(self):
        time.sleep(0.5)
        self.good()

    monkeypatch.setattr(Handler, "slow", slow, raising=False)
    with ThreadPoolExecutor(2) as pool:
        paths = list(pool.map(lambda _: Downloads([], tmp_path).fetch(photo(f"{server.base}/slow")), range(2)))
    assert [path.read_bytes() for path in paths] == [CONTENT] * 2
    assert server.requests == [("slow", None)]
