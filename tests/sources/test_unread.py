"""Photographs that are left out are named."""

from srgan.__main__ import main
from srgan.sources.unread import unread, warning


def test_photographs_in_formats_that_are_not_read(tmp_path):
    assert warning(tmp_path) == ""
    for name in ("a.png", "IMG_1.HEIC", "notes.txt"):
        (tmp_path / name).touch()
    assert warning(tmp_path) == f"{tmp_path}: IMG_1.HEIC is left out: not in a format that is read; convert to PNG"
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/b.dng").touch()
    assert unread(tmp_path) == ["IMG_1.HEIC", "deep/b.dng"]
    assert "2 files, such as IMG_1.HEIC, are left out" in warning(tmp_path)


def test_the_commands_that_compare_say_so(tmp_path, capsys):
    from skimage import data

    from srgan.data.images import write_png

    write_png(tmp_path / "hr/a.png", data.chelsea()[60:124, 100:164])
    (tmp_path / "hr/b.heic").touch()
    for command in (["shrink", "hr", "-o", "lr"], ["score", "hr", "hr"]):
        paths = [str(tmp_path / part) if part in ("hr", "lr") else part for part in command]
        assert main(paths) == 0
        assert "b.heic is left out" in capsys.readouterr().err
