"""Folders: what is in them, and some of small texts."""

from srgan.atomic import (
    built_folder,
)


def write_folder(target, text, names="abc"):
    """Build a folder with files of these names and this text."""
    with built_folder(target) as folder:
        for name in names:
            (folder / name).write_text(text)


def contents(folder):
    """The texts in a folder, by the names of their files."""
    return {path.name: path.read_text() for path in folder.iterdir()}


def files(folder):
    """The names of the files in a folder and below."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
