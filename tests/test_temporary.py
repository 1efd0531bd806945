"""The folder for temporary files: gone at the end, and named where there is no room in it."""

import errno
import tempfile

import pytest

from srgan.errors import UnwritableError, UserError
from srgan.temporary import temporary_folder


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_it_is_there_and_then_gone(place):
    with temporary_folder("the test") as folder:
        (folder / "a").write_bytes(b"a")
        assert folder.parent == place
    assert list(place.iterdir()) == []


def test_no_room_there_is_said_with_the_place_and_the_remedy(place):
    with pytest.raises(UnwritableError) as stopped, temporary_folder("the network"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert str(stopped.value) == (
        f"{place}: cannot be written (No space left on device), and the network needs room there; free some space, or "
        "name another folder in the environment variable TMPDIR"
    )


def test_another_mistake_of_the_user_stays_what_it_is():
    with pytest.raises(UserError, match=r"^too small$"), temporary_folder("the network"):
        raise UserError("too small")
