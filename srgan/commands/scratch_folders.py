"""List and remove the scratch folders of interrupted runs."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from srgan.errors import UserError
from srgan.training.checkpoint import FINISHED, checkpoints, holder, in_use


class ScratchFolder(NamedTuple):
    """What one scratch folder holds."""

    name: str
    stage: str
    iterations: int  # done, as of the newest checkpoint
    changed: float  # seconds since the epoch
    size: int  # bytes
    state: str  # in words


def scratch_folders(root: Path) -> list[ScratchFolder]:
    """All scratch folders, newest first.

    Args:
        root: the folder of all scratch folders; it may be missing.
    """
    found = []
    for folder in root.glob("*-*"):
        with suppress(FileNotFoundError, NotADirectoryError):  # a run that finishes deletes older folders meanwhile
            found.append(_look(folder))
    return sorted(found, key=lambda scratch: scratch.changed, reverse=True)


def listing(root: Path) -> str:
    """A table of all scratch folders: name, stage, iterations done, age, size, state."""
    rows = [("NAME", "STAGE", "ITERATIONS", "AGE", "SIZE", "STATE")]
    now = time.time()
    for each in scratch_folders(root):
        size = f"{each.size / 1e6:.1f} MB"
        rows.append((each.name, each.stage, str(each.iterations), _age(now - each.changed), size, each.state))
    if len(rows) == 1:
        return f"no checkpoints of interrupted runs in {root}"
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def remove(root: Path, names: Sequence[str]) -> list[str]:
    """Remove scratch folders; if one that is named is in use, remove none.

    Args:
        root: the folder of all scratch folders.
        names: the folders to remove; an empty sequence means all that are not in use.

    Returns:
        The names of the removed folders.

    Raises:
        UserError: there is no such folder, or it is in use.
    """
    there = [scratch.name for scratch in scratch_folders(root)]
    for name in names:
        if name not in there:
            raise UserError(f"{root}: no scratch folder is called {name!r}; `srgan scratch` lists them")
        if in_use(root / name):
            raise UserError(f"{root / name}: in use by {holder(root / name)}; stop it first; nothing was removed")
    removed = [name for name in names or there if not in_use(root / name)]
    for name in removed:
        with suppress(FileNotFoundError):  # a run that finishes deletes older folders meanwhile
            shutil.rmtree(root / name)
    return removed


def _look(folder: Path) -> ScratchFolder:
    files = []
    for path in folder.iterdir():
        with suppress(FileNotFoundError):  # a run in work renames and deletes files
            files.append(path.stat())
    saved = checkpoints(folder)
    if in_use(folder):
        state = f"in use by {holder(folder)}"
    else:
        state = "finished" if (folder / FINISHED).exists() else "interrupted"
    return ScratchFolder(
        name=folder.name,
        stage=folder.name.partition("-")[0],
        iterations=int(saved[0].name.partition("-")[0]) if saved else 0,
        changed=max([file.st_mtime for file in files] or [folder.stat().st_mtime]),
        size=sum(file.st_size for file in files),
        state=state,
    )


def _age(seconds: float) -> str:
    """A duration in its largest unit that is at least 1."""
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"
