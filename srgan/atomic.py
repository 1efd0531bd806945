"""Outputs that appear complete or not at all: they are written under a temporary name, flushed to disk, then renamed.

The order makes this hold in a power failure too: first the contents are flushed, then the file is renamed, then its
folder is flushed.
"""

from __future__ import annotations

import errno
import json
import math
import os
import platform
import re
import secrets
import shutil
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from srgan.errors import UnwritableError, UserError

if sys.platform != "win32":
    import fcntl


MARK = ".srgan-"  # begins every temporary name; the rest is random, so that no two processes share one
FOREIGN_SECONDS = 7 * 24 * 3600  # of age, after which nobody on another machine is still writing


@contextmanager
def built_folder(target: Path) -> Iterator[Path]:
    """Give an empty folder to fill; it replaces the target only if the block ends without an error.

    An old target is renamed before it is deleted, so a half-deleted folder never has the target's name.

    Raises:
        UserError: something could not be written, usually for lack of space or permission, or the block could not read
            a file.
    """
    try:
        with temporary_path(target.parent) as temporary:
            temporary.mkdir()
            with _fault_named(target):
                yield temporary
            for folder, _, names in os.walk(temporary):
                for name in names:
                    sync(Path(folder, name))
                sync(Path(folder))
            if target.exists():
                _exchange(target, temporary)
            else:
                temporary.rename(target)
            sync(target.parent)
    except OSError as error:
        raise _unwritable(target, error) from error


@contextmanager
def built_file(target: Path) -> Iterator[Path]:
    """Give the path of a file to write; it replaces the target only if the block ends without an error.

    Raises:
        UserError: something could not be written, usually for lack of space or permission, or the block could not read
            a file.
    """
    try:
        with temporary_path(target.parent) as temporary:
            with _fault_named(target):
                yield temporary
            sync(temporary)
            temporary.replace(target)
            sync(target.parent)
    except OSError as error:
        raise _unwritable(target, error) from error


@contextmanager
def temporary_path(folder: Path) -> Iterator[Path]:
    """Give a path in a folder that no other process uses; what is there when the block ends is deleted.

    The folder is made if it is missing. What killed processes left in it is cleared first.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{_mark()}{secrets.token_hex(8)}.tmp"
    with _in_use(folder):
        try:
            yield path
        finally:
            _delete(path)


@contextmanager
def _in_use(folder: Path) -> Iterator[None]:
    """Hold a shared lock on a folder, which tells other processes that its temporary names are in use.

    The process that gets the lock alone clears the folder: the names left in it are of processes that were killed.
    """
    if sys.platform == "win32":  # it locks no folders, so what is left over there stays
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # another process writes there, or the file system has no locks; names differ anyway
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _clear(folder)
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def _clear(folder: Path) -> None:
    """Delete what is left over, and put folders back that were about to be replaced."""
    for temporary in filter(_left_over, list(folder.glob(f"{MARK}*.tmp"))):
        _delete(temporary)
    for old in filter(_left_over, list(folder.glob(f"{MARK}*.old"))):
        for kept in list(old.iterdir()):
            if not (folder / kept.name).exists():
                kept.rename(folder / kept.name)
        _delete(old.rename(old.with_suffix(".tmp")))  # half-deleted, it must not be put back


def _left_over(path: Path) -> bool:
    """Whether a temporary name was made on this machine, where the lock holds, or is older than FOREIGN_SECONDS."""
    return path.name.startswith(_mark()) or time.time() - path.stat().st_mtime > FOREIGN_SECONDS


def _mark() -> str:
    """The beginning of this machine's temporary names."""
    return f"{MARK}{zlib.crc32(platform.node().encode()):08x}-"


def _exchange(target: Path, temporary: Path) -> None:
    """Rename a folder to a target's name, and the target to the folder's; or leave the target as it is."""
    old = temporary.with_suffix(".old")
    kept = old / target.name  # its name tells _clear what to restore
    old.mkdir()
    try:
        target.rename(kept)
        temporary.rename(target)
    except BaseException:
        if kept.exists() and not target.exists():
            kept.rename(target)
        if not kept.exists():
            old.rmdir()
        raise
    old.rename(temporary)


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def write_text(target: Path, text: str) -> None:
    """Write a text file as UTF-8, whole or not at all."""
    with built_file(target) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, value: Any, indent: int) -> None:
    """Write a JSON file, each list of numbers on one line, atomically.

    Raises:
        UserError: it could not be written.
        ValueError: a number is not finite, see json_number.
    """
    text = json.dumps(value, indent=indent, ensure_ascii=False, allow_nan=False)
    write_text(path, re.sub(r"\[\n[-+.,\de\s]*\]", _on_one_line, text) + "\n")


def json_number(value: float) -> float | str:
    """A number for JSON: one that is not finite becomes a string, such as "inf", which float() reads back."""
    value = float(value)
    return value if math.isfinite(value) else str(value)


def _on_one_line(numbers: re.Match[str]) -> str:
    """A list of numbers. No string is taken for one: inside a string JSON has no line breaks."""
    return "[" + " ".join(numbers[0][1:-1].split()) + "]"


def reserve(folder: Path, size: int) -> None:
    """Check that a folder's disk has room, because HDF5 crashes the process when the disk is full.

    Raises:
        OSError: there are no `size` bytes free.
    """
    with temporary_path(folder) as room:
        take_room(room, size)


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


@contextmanager
def _fault_named(target: Path) -> Iterator[None]:
    """Turn the OSErrors of a block that builds the target into a UserError that names the file at fault."""
    try:
        yield
    except OSError as error:
        file = error.filename
        if isinstance(file, str | os.PathLike) and not any(part.startswith(MARK) for part in Path(file).parts):
            raise UserError(
                f"{file}: cannot be read ({error.strerror}); make it readable or remove it, and run again"
            ) from error
        raise _unwritable(target, error) from error


def _unwritable(target: Path, error: OSError) -> UnwritableError:
    access = "get write access to the folder"
    remedy = access if error.errno == errno.EACCES else f"free some space there, or {access}"
    return UnwritableError(f"{target}: cannot be written ({error.strerror or error}); {remedy}, and run again")
