"""Photographs in formats that are not read, which nobody should leave out without knowing."""

from __future__ import annotations

from pathlib import Path

from srgan.data.images import list_images

SUFFIXES = frozenset(
    (".heic", ".heif", ".avif", ".jxl", ".jp2", ".jpe", ".jfif", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf", ".orf")
)


def unread(folder: Path) -> list[str]:
    """Their names relative to the folder, from its subfolders too, in order."""
    return [path.relative_to(folder).as_posix() for path in list_images(folder, SUFFIXES)]


def warning(folder: Path) -> str:
    """What to say of those in a folder; empty if there are none."""
    match unread(folder):
        case []:
            return ""
        case [name]:
            subject = f"{name} is"
        case [name, *others]:
            subject = f"{len(others) + 1} files, such as {name}, are"
    return f"{folder}: {subject} left out: not in a format that is read; convert to PNG"
