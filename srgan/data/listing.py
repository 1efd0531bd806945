"""Find the pictures in folders."""

from __future__ import annotations

import os
from pathlib import Path

from srgan.data.images import SUFFIXES
from srgan.errors import UserError


def list_images(folder: Path | str, suffixes: frozenset[str] = SUFFIXES) -> list[Path]:
    """The picture files in a folder and its subfolders, by suffix, in an order that is the same everywhere.

    Hidden files and folders (a leading dot) are left out. Links to folders are followed, but into no folder twice.

    Args:
        folder: where to look.
        suffixes: of pictures, in lower case, with the dot.

    Returns:
        Paths sorted by their name relative to the folder; empty if there are none.

    Raises:
        UserError: there is no such folder, what is in it cannot be read, or a picture's name is not UTF-8.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder; check the path")

    def refuse(error: OSError) -> None:
        if isinstance(error, FileNotFoundError) and Path(error.filename) != folder:
            return  # it has gone in the meantime
        raise UserError(f"{error.filename}: cannot be read ({error.strerror}); allow it, or move it away")

    def is_picture(path: Path) -> bool:
        if path.suffix.lower() not in suffixes:
            return False
        name = path.relative_to(folder).as_posix()
        try:
            name.encode()  # names go into records and reports
            return path.is_file()
        except UnicodeEncodeError:
            raise UserError(f"{name!a} in {folder}: the name is not UTF-8; rename it") from None
        except OSError as error:
            refuse(error)
            return False

    found, entered = [], {folder.resolve()}

    def enters(place: str, name: str) -> bool:
        target = Path(place, name).resolve()
        if name.startswith(".") or target in entered:
            return False
        entered.add(target)
        return True

    for place, folders, files in os.walk(folder, onerror=refuse, followlinks=True):
        folders[:] = sorted(name for name in folders if enters(place, name))
        paths = (Path(place, name) for name in files if not name.startswith("."))
        found += [path for path in paths if is_picture(path)]
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def images_by_name(folder: Path) -> dict[str, Path]:
    """The picture files in a folder by name: the path inside the folder, without the suffix.

    Raises:
        UserError: there is no such folder, or two have the same name.
    """
    found: dict[str, Path] = {}
    for path in list_images(folder):
        name = path.relative_to(folder).with_suffix("").as_posix()
        if name in found:
            raise UserError(f"{path}: {found[name].name} has the same name; rename one of the two")
        found[name] = path
    return found
