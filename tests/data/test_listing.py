"""The pictures in folders: in one order, none without being named."""

import errno
import os
from pathlib import Path

import pytest

from srgan.data.listing import list_images
from srgan.errors import UserError


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UserError, match=r"nowhere: no such folder"):
        list_images(tmp_path / "nowhere")


@pytest.mark.parametrize("suffix", [".png", ".JPG", ".heic", ".HIF", ".avif"])
def test_a_picture_is_known_by_its_suffix(tmp_path, suffix):
    for name in (f"a{suffix}", "notes.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in list_images(tmp_path)] == [f"a{suffix}"]


def test_a_subfolder_that_cannot_be_read_is_no_empty_one(tmp_path, monkeypatch):
    (tmp_path / "locked").mkdir()
    (tmp_path / "a.png").touch()
    scandir = os.scandir

    def refuse(place):  # root, who may run this, can read all folders
        if Path(place).name == "locked":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(place))
        return scandir(place)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(UserError, match=r"locked: cannot be read \(Permission denied\)"):
        list_images(tmp_path)


def test_links_to_folders_are_followed_into_none_twice(tmp_path):
    for place in ("photos/inside", "elsewhere"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "a.png").touch()
    photos = tmp_path / "photos"
    (photos / "linked").symlink_to(tmp_path / "elsewhere")
    (photos / "loop").symlink_to(photos)
    (photos / "zz").symlink_to(photos / "inside")
    assert [path.relative_to(photos).as_posix() for path in list_images(photos)] == ["inside/a.png", "linked/a.png"]


def test_pictures_are_listed_in_one_order_without_hidden_ones(tmp_path):
    names = [
        "b/a.PNG",
        "B.jpg",
        "a.jpeg",
        "b.png",
        ".hidden.png",
        ".cache/c.png",
        "b/._a.png",
        "notes.txt",
        "dir.png/x.tif",
    ]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    listed = [path.relative_to(tmp_path).as_posix() for path in list_images(tmp_path)]
    assert listed == ["B.jpg", "a.jpeg", "b.png", "b/a.PNG", "dir.png/x.tif"]


def test_what_cannot_be_looked_at_is_named_and_what_has_gone_is_no_picture(tmp_path, monkeypatch):
    for name in ("a.png", "b.hif", "c.png"):
        (tmp_path / name).touch()
    is_file = Path.is_file

    def refuse(error):
        monkeypatch.setattr(
            Path, "is_file", lambda path: (_ for _ in ()).throw(error) if path.name == "a.png" else is_file(path)
        )
        return list_images(tmp_path)

    with pytest.raises(UserError, match=r"a\.png: cannot be read \(Permission denied\); allow it, or move it away"):
        refuse(PermissionError(errno.EACCES, "Permission denied", str(tmp_path / "a.png")))
    there = refuse(FileNotFoundError(errno.ENOENT, "No such file", str(tmp_path / "a.png")))
    assert [path.name for path in there] == ["b.hif", "c.png"]


@pytest.mark.parametrize("name", [b"caf\xe9.png", b"caf\xe9/a.png"])
def test_a_name_that_is_not_utf_8_is_a_sentence(tmp_path, name):
    path = tmp_path / os.fsdecode(name)
    path.parent.mkdir(exist_ok=True)
    path.touch()
    with pytest.raises(UserError, match=r"'caf\\udce9.*\.png' in .*: the name is not UTF-8; rename it"):
        list_images(tmp_path)
