"""The folder that keeps downloads: where it is, and what is in it already."""

import errno
import os
from pathlib import Path

import pytest

from srgan.errors import UserError
from srgan.sources import fetch
from srgan.sources.fetch import Downloads, cache_folder
from tests.sources.bad_server import CONTENT, photo


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
