"""Outputs that are there complete or not at all: built under another name, made safe on disk, then renamed.

The order is what a power failure respects: contents, then the name, then the folder that the name is in.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from srgan.errors import UserError


@contextmanager
def built_folder(target: Path) -> Iterator[Path]:
    """Give an empty folder to fill; it takes the target's name and place only if the block ends well.

    An old target is moved aside in one piece before it is deleted: half of it is never seen under its name.

    Raises:
        UserError: something could not be written, most often for want of space or permission.
    """
    temporary, old = target.with_name(f".{target.name}.tmp"), target.with_name(f".{target.name}.old")
    try:
        for leftover in (temporary, old):  # of a process that was killed
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
    """Give the path of a file to write; it takes the target's name only if the block ends well.

    Raises:
        UserError: something could not be written, most often for want of space or permission.
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


def reserve(folder: Path, size: int) -> None:
    """Make sure that a folder's disk has room: HDF5 does not fail where a disk is full, it takes the process down.

    Raises:
        OSError: there are no `size` bytes free.
    """
    room = folder / ".room"
    try:
        take_room(room, size)
    finally:
        room.unlink(missing_ok=True)


def take_room(path: Path, size: int) -> None:
    """Make a file of `size` bytes whose room on the disk is taken, where the system can do that.

    Where it cannot (macOS, Windows) the disk has the room now, but another process may still use it up.

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
    if os.name == "nt":  # a folder cannot be opened there, and a file must be open for writing
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
