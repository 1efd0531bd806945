"""What git and DVC know of experiments: their commits, the files in these, and what is in the queue.

DVC keeps a finished experiment as a commit under the reference refs/exps/<its baseline>/<its name>. `dvc.api.exp_show`
would hash what every stage of every experiment depends on, which takes seconds each; git reads two hundred in one.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Collection, Sequence
from itertools import pairwise, takewhile
from pathlib import Path
from typing import NamedTuple

import dvc  # noqa: F401  # imported so that a missing DVC is reported first

from srgan.errors import UserError

REFERENCE = re.compile(r"(\w+) refs/exps/([0-9a-f]{2})/([0-9a-f]{38,})/(.+)")  # others are DVC's own notes
QUEUE_STATUS = ["-m", "dvc", "queue", "status"]
COLUMNS = ("Task", "Name", "Created", "Status")  # of its table
DONE = "success"


class Commit(NamedTuple):
    """Where a finished experiment is."""

    name: str
    baseline: str  # the commit that it is a change of
    revision: str


def head(root: Path) -> str:
    """The commit that is checked out.

    Raises:
        UserError: `root` is no DVC project in git, or has no commit.
    """
    if not (root / ".dvc").is_dir():
        raise UserError(f"{root}: is no DVC repository (it has no folder .dvc); run in the project's folder")
    return _git(root, "rev-parse", "--verify", "HEAD").decode().strip()


def finished(root: Path) -> list[Commit]:
    """All finished experiments, the oldest first."""
    lines = _git(root, "for-each-ref", "--sort=committerdate", "--format=%(objectname) %(refname)", "refs/exps")
    found = (REFERENCE.fullmatch(line) for line in lines.decode().splitlines())
    return [Commit(name=match[4], baseline=match[2] + match[3], revision=match[1]) for match in found if match]


def files(root: Path, revision: str, paths: Sequence[str]) -> dict[str, str]:
    """The files of a commit.

    Args:
        root: the project.
        revision: the commit.
        paths: files, or folders with all that is in them, relative to the project.

    Returns:
        Path -> git's name of the contents; what the commit lacks is not in it.
    """
    entries = _git(root, "ls-tree", "-r", "-z", revision, "--", *paths).decode().split("\0")
    found = (entry.partition("\t") for entry in entries if entry)
    return {path: about.split()[2] for about, _, path in found}


def contents(root: Path, names: Collection[str]) -> dict[str, bytes]:
    """What is in files, by git's names of the contents."""
    stream = _git(root, "cat-file", "--batch", given="".join(f"{name}\n" for name in names).encode())
    found, start = {}, 0
    for name in names:  # each as a line "<name> blob <size>", its bytes and a line's end
        body = stream.index(b"\n", start) + 1
        end = body + int(stream[start:body].split()[2])
        found[name] = stream[body:end]
        start = end + 1
    return found


def unfinished(root: Path) -> dict[str, str]:
    """What DVC's queue has of experiments that did not succeed: name -> queued, running or failed.

    Raises:
        UserError: DVC could not read its queue, as can happen while a worker writes to it.
    """
    done = subprocess.run([sys.executable, *QUEUE_STATUS], cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError(f"DVC could not read its queue ({' '.join(done.stderr.split())}); run the command again")
    lines = iter(done.stdout.splitlines())
    header = next((line for line in lines if tuple(line.split()) == COLUMNS), None)
    if header is None:
        return {}  # DVC says in a sentence that there are no tasks
    starts = [header.index(title) for title in COLUMNS]
    found = {}
    for line in takewhile(str.strip, lines):
        task, name, _, status = (line[start:stop].strip() for start, stop in pairwise([*starts, None]))
        if status.lower() != DONE:
            found[name or task] = status.lower()
    return found


def _git(root: Path, *arguments: str, given: bytes = b"") -> bytes:
    """What a git command prints.

    Raises:
        UserError: git is not there, or fails.
    """
    try:
        done = subprocess.run(["git", *arguments], cwd=root, input=given, capture_output=True, check=False)
    except FileNotFoundError:
        raise UserError("git is not installed, and it holds DVC's experiments; install the package git") from None
    if done.returncode:
        reason = " ".join(done.stderr.decode(errors="replace").split())
        raise UserError(f"{root}: git cannot read it ({reason}); run in the project's folder, in a clone with commits")
    return done.stdout
