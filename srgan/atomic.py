"""Outputs that are there complete or not at all: built under another name, then renamed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from srgan.errors import UserError


@contextmanager
def built_folder(target: Path) -> Iterator[Path]:
    """Give an empty folder to fill; it takes the target's name and place only if the block ends well.

    Raises:
        UserError: something could not be written, most often for want of space or permission.
    """
    temporary = target.with_name(f".{target.name}.tmp")
    try:
        if temporary.exists():  # of a process that was killed
            shutil.rmtree(temporary)
        temporary.mkdir(parents=True)
        yield temporary
        if target.exists():
            shutil.rmtree(target)
        temporary.rename(target)
    except OSError as error:
        raise UserError(
            f"{target}: cannot be written ({error.strerror or error}); make space there, or write access, and run again"
        ) from error
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
        yield temporary
        temporary.replace(target)
    except OSError as error:
        raise UserError(
            f"{target}: cannot be written ({error.strerror or error}); make space there, or write access, and run again"
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def write_text(target: Path, text: str) -> None:
    """Write a text file as UTF-8, whole or not at all."""
    with built_file(target) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
