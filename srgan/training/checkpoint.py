"""Exact resume: a scratch folder for each run, holding the newest checkpoints and nothing that an output depends on.

The scratch is outside every output of the pipeline, so DVC neither restores nor deletes it. Its name carries a
digest of all that decides the run's result (see run_key.py): another run has another scratch, so there is no wrong one
to resume from. Deleting any of it is always safe.

The scratch of a finished run stays until another run of the stage finishes, or, once dvc.lock has its results, until it
is started again. So nothing is trained again if `dvc repro` is killed or the disk is full after the last iteration.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml
from filelock import FileLock, Timeout

from srgan.atomic import sync, write_text
from srgan.digest import digest
from srgan.errors import UserError
from srgan.root import project_root

if TYPE_CHECKING:  # the command that lists scratches does not wait seconds for it
    import keras

KEPT = 2  # checkpoints: the newest, and the one before it in case the newest is damaged
LOCK = "lock"
HOLDER = "holder"  # the process that has the lock
MLFLOW_RUN = "mlflow_run"  # the id of the MLflow run
FINISHED = "finished"  # JSON: the md5 of each result, as dvc.lock has it


def scratch_root() -> Path:
    """The folder of all scratches: the original repository's, also for a stage that runs in a temporary copy."""
    return project_root() / ".scratch"


class Scratch:
    """The scratch folder of one run, locked while it is in use.

    Two experiments that begin with the same stage and settings would do the same work. The second prints this, waits
    for the first, and continues where that has stopped, usually at its end.

    Args:
        root: folder of all scratches.
        stage: the stage's name.
        key: the run's digest, from run_key.

    Raises:
        UserError: on entering, if nothing can be written there.
    """

    def __init__(self, root: Path, stage: str, key: str):
        self.stage = stage
        self.folder = root / f"{stage}-{key[:16]}"
        self.lock = FileLock(self.folder / LOCK)

    def __enter__(self) -> Scratch:
        waited = False
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.lock.acquire(timeout=0)
        except Timeout:
            waited = True
            print(
                f"{self.folder}: in use by {holder(self.folder)}, which is running the same stage with the same "
                "settings; waiting for its result",
                flush=True,
            )
            self.lock.acquire(poll_interval=1)
        except OSError as error:
            raise self._unwritable("a scratch folder", error) from error
        try:
            self._prepare(waited)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # if the disk takes no more changes, or the folder is not empty
            for name in (HOLDER, LOCK):  # the lock is held until it is deleted, so a waiting process notices
                (self.folder / name).unlink(missing_ok=True)
            self.folder.rmdir()
        self.lock.release()

    def save(self, iteration: int, variables: Mapping[str, keras.Variable], record: Mapping[str, Any]) -> None:
        """Write a checkpoint, complete or not at all, and drop all but the newest two.

        Args:
            iteration: how many iterations are done.
            variables: all that later iterations depend on, by a stable name.
            record: JSON-serialisable, what has been logged so far.

        Raises:
            UserError: it could not be written; the one before it is kept.
        """
        arrays = {name: np.asarray(variable.value) for name, variable in variables.items()}
        arrays["record"] = np.frombuffer(json.dumps(record).encode(), dtype=np.uint8)
        partial = self.folder / f"{os.getpid()}.partial"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)  # in case it was deleted
            with partial.open("wb") as file:
                np.savez(file, allow_pickle=False, **arrays)
            sync(partial)
            partial.replace(self.folder / f"{iteration:09d}-{digest(partial)}.npz")
            sync(self.folder)  # only now may older checkpoints be deleted
            for old in self._checkpoints()[KEPT:]:
                old.unlink()
        except OSError as error:
            with suppress(OSError):  # the first error is the one to report
                partial.unlink(missing_ok=True)
            raise self._unwritable(f"the checkpoint of iteration {iteration}", error) from error

    def restore(self, variables: Mapping[str, keras.Variable]) -> tuple[int, dict[str, Any]] | None:
        """Set the variables to the newest whole checkpoint; damaged ones are deleted.

        Args:
            variables: as given to `save`.

        Returns:
            The iterations done and the record, or None where there is no whole checkpoint.
        """
        for path in self._checkpoints():
            iteration, _, expected = path.stem.partition("-")
            try:
                whole = digest(path) == expected
            except FileNotFoundError:  # damaged, and another worker was faster
                continue
            if not whole:
                print(f"{path}: damaged, deleted; going back to the one before it")
                path.unlink(missing_ok=True)
                continue
            with np.load(path, allow_pickle=False) as arrays:
                for name, variable in variables.items():
                    variable.assign(arrays[name])
                return int(iteration), json.loads(arrays["record"].tobytes())
        return None

    def remember(self, name: str, value: str) -> None:
        """Keep a small text, such as MLFLOW_RUN."""
        write_text(self.folder / name, value)

    def recall(self, name: str) -> str | None:
        """A text kept by `remember`, or None."""
        path = self.folder / name
        return path.read_text(encoding="utf-8") if path.exists() else None

    def finish(self, results: Iterable[Path]) -> None:
        """Mark the run as finished; drop all checkpoints but the last, and the scratch of runs that finished before.

        Args:
            results: files that the run wrote and that are outputs on their own in dvc.yaml.
        """
        self.remember(FINISHED, json.dumps({path.as_posix(): digest(path, "md5") for path in results}))
        for old in self._checkpoints()[1:]:
            old.unlink()
        for other in self.folder.parent.glob(f"{self.stage}-*/{FINISHED}"):
            if other.parent != self.folder and not in_use(other.parent):
                shutil.rmtree(other.parent, ignore_errors=True)  # another run may be deleting it, too

    def _prepare(self, waited: bool) -> None:
        """Do the first steps of the lock's holder: delete what is left over, and write which process it is."""
        if _recorded(self.stage, self.recall(FINISHED)):  # recorded, and started again by dvc repro --force
            for path in self.folder.iterdir():
                if path.name != LOCK:
                    path.unlink()
        if waited and self.recall(FINISHED) is not None:  # finished by another experiment, which keeps its MLflow run
            (self.folder / MLFLOW_RUN).unlink(missing_ok=True)
        for partial in self.folder.glob("*.partial"):  # left by a process that was killed
            partial.unlink()
        write_text(self.folder / HOLDER, f"process {os.getpid()} on {socket.gethostname()}")
        sync(self.folder.parent)

    def _unwritable(self, what: str, error: OSError) -> UserError:
        return UserError(
            f"{self.folder}: {what} cannot be written ({error.strerror or error}); what was saved before is kept: "
            "free some space, or get write access, and run again"
        )

    def _checkpoints(self) -> list[Path]:
        """The checkpoints there are, newest first."""
        return checkpoints(self.folder)


def checkpoints(folder: Path) -> list[Path]:
    """The checkpoints in a scratch folder, newest first."""
    return sorted(folder.glob("[0-9]*-*.npz"), reverse=True)


def holder(folder: Path) -> str:
    """The process that uses a scratch folder, in words."""
    try:
        return (folder / HOLDER).read_text(encoding="utf-8")
    except FileNotFoundError:  # it has only just started
        return "another process"


def in_use(folder: Path) -> bool:
    """Whether a process uses a scratch folder now."""
    if not (folder / LOCK).exists():
        return False
    try:
        with FileLock(folder / LOCK, timeout=0):
            return False
    except Timeout:
        return True


def _recorded(stage: str, finished: str | None) -> bool:
    """Whether dvc.lock in the current directory has the results of a finished run."""
    if finished is None or not Path("dvc.lock").exists():
        return False
    locked = yaml.safe_load(Path("dvc.lock").read_text(encoding="utf-8"))
    outs = {out["path"]: out.get("md5") for out in locked["stages"].get(stage, {}).get("outs", [])}
    return all(outs.get(path) == md5 for path, md5 in json.loads(finished).items())
