"""Outputs that appear complete or not at all: they are written under a temporary name, flushed to disk, then renamed.

The order makes this hold in a power failure too: first the contents are flushed, then the file is renamed, then its
folder is flushed.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from srgan.errors import UserError


@contextmanager
def built_folder(target: Path) -> Iterator[Path]:
    """Give an empty folder to fill; it replaces the target only if the block ends without an error.

    An old target is renamed before it is deleted, so a half-deleted folder never has the target's name.

    Raises:
        UserError: something could not be written, usually for lack of space or permission.
    """
    temporary, old = target.with_name(f".{target.name}.tmp"), target.with_name(f".{target.name}.old")
    try:
        for leftover in (temporary, old):  # left by a process that was killed
            if leftover.exists():
                shutil.rmtree(leftover)
        temporary.mkdir(parents=True)
        yield temporary
        for folder, _, names in os.walk(temporary):
            for name in names:
                sync(Path(folder, name))
            sync(Path(folder))
        if target.exists():
            target.rename(old)
        temporary.rename(target)
        sync(target.parent)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise _unwritable(target, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def built_file(target: Path) -> Iterator[Path]:
    """Give the path of a file to write; it replaces the target only if the block ends without an error.

    Raises:
        UserError: something could not be written, usually for lack of space or permission.
    """
    temporary = target.with_name(f".{target.name}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
            sync(temporary)
            temporary.replace(target)
            sync(target.parent)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(target, error) from error


def write_text(target: Path, text: str) -> None:
    """Write a text file as UTF-8, whole or not at all."""
    with built_file(target) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, value: Any, indent: int) -> None:
    """Write a JSON file, each list of numbers on one line, atomically.

    Raises:
        UserError: it could not be written.
    """
    text = re.sub(r"\[\n[-+.,\de\s]*\]", _on_one_line, json.dumps(value, indent=indent, ensure_ascii=False))
    write_text(path, text + "\n")


def _on_one_line(numbers: re.Match[str]) -> str:
    """A list of numbers. No string is taken for one: inside a string JSON has no line breaks."""
    return "[" + " ".join(numbers[0][1:-1].split()) + "]"


def reserve(folder: Path, size: int) -> None:
    """Check that a folder's disk has room, because HDF5 crashes the process when the disk is full.

    Raises:
        OSError: there are no `size` bytes free.
    """
    room = folder / ".room"
    try:
        take_room(room, size)
    finally:
        room.unlink(missing_ok=True)


def take_room(path: Path, size: int) -> None:
    """Create a file of `size` bytes and allocate its space on the disk, where the system can do that.

    On macOS and Windows only the free space is checked, and another process may use it up later.

    Raises:
        OSError: there are no `size` bytes free.
    """
    with path.open("wb") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
            return
        if shutil.disk_usage(path.parent).free < size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        file.truncate(size)


def sync(path: Path) -> None:
    """Wait until a file's contents, or a folder's names, are on the disk."""
    if os.name == "nt":  # it cannot open a folder, and flushes only a file that is open for writing
        if path.is_file():
            with path.open("r+b") as file:
                os.fsync(file.fileno())
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unwritable(target: Path, error: OSError) -> UserError:
    return UserError(
        f"{target}: cannot be written ({error.strerror or error}); make space there, or write access, and run again"
    )
