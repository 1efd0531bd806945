"""Photographs in formats that are not read, which nobody should leave out without knowing."""

from __future__ import annotations

import sys
from pathlib import Path

from srgan.data.listing import list_images

SUFFIXES = frozenset((".jxl", ".jp2", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf", ".orf", ".rw2"))


def unread(folder: Path) -> list[str]:
    """Names, relative to the folder, of photographs in formats that are not read; from its subfolders too, in order."""
    return [path.relative_to(folder).as_posix() for path in list_images(folder, SUFFIXES)]


def warn_of_unread(folder: Path) -> None:
    """Warn of such photographs, if there are any."""
    names = unread(folder)
    if names:
        what = f"{names[0]} is" if len(names) == 1 else f"{len(names)} files, such as {names[0]}, are"
        print(f"warning: {folder}: {what} left out: not in a format that is read; convert to PNG", file=sys.stderr)
