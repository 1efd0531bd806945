"""Photographs that are left out are named."""

from skimage import data

from srgan.__main__ import main
from srgan.data.images import write_png
from srgan.sources.unread import unread, warn_of_unread


def test_photographs_in_formats_that_are_not_read(tmp_path, capsys):
    for name in ("a.png", "b.jfif", "notes.txt"):
        (tmp_path / name).touch()
    warn_of_unread(tmp_path)
    assert capsys.readouterr().err == ""
    (tmp_path / "IMG_1.JXL").touch()
    warn_of_unread(tmp_path)
    said = f"warning: {tmp_path}: IMG_1.JXL is left out: not in a format that is read; convert to PNG\n"
    assert capsys.readouterr().err == said
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/b.dng").touch()
    assert unread(tmp_path) == ["IMG_1.JXL", "deep/b.dng"]
    warn_of_unread(tmp_path)
    assert "2 files, such as IMG_1.JXL, are left out" in capsys.readouterr().err


def test_the_commands_that_compare_say_so(tmp_path, capsys):
    write_png(tmp_path / "hr/a.png", data.chelsea()[60:124, 100:164])
    (tmp_path / "hr/b.jxl").touch()
    hr, lr = str(tmp_path / "hr"), str(tmp_path / "lr")
    for command in (["shrink", hr, "-o", lr], ["score", hr, hr]):
        assert main(command) == 0
        assert "b.jxl is left out" in capsys.readouterr().err
