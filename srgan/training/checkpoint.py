"""Exact resume: a scratch folder for each run, holding the newest checkpoints and nothing that an output depends on.

The scratch lies outside every output of the pipeline, so DVC neither restores nor deletes it. Its name carries a
digest of all that decides the run's result (stage, settings, inputs, code, versions): another run has another scratch,
so there is no wrong one to resume from. Deleting any of it is always safe.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
from filelock import FileLock, Timeout

from srgan.atomic import write_text
from srgan.errors import UserError

KEPT = 2  # checkpoints: the newest, and the one before it in case the newest is damaged


def run_key(stage: str, settings: Mapping[str, Any], files: Iterable[Path]) -> str:
    """A digest of all that decides a run's result.

    Args:
        stage: the stage's name.
        settings: JSON-serialisable settings, and versions of the libraries that compute.
        files: inputs and source code, in a fixed order; only their contents count.
    """
    key = hashlib.sha256(json.dumps([stage, settings], sort_keys=True).encode())
    for path in files:
        with path.open("rb") as file:
            key.update(hashlib.file_digest(file, "sha256").digest())
    return key.hexdigest()


class Scratch:
    """The scratch folder of one run, locked while it is in use.

    Args:
        root: folder of all scratches.
        stage: the stage's name.
        key: the run's digest, from run_key.

    Raises:
        UserError: on entering, if another process is in this run.
    """

    def __init__(self, root: Path, stage: str, key: str):
        self.folder = root / f"{stage}-{key[:16]}"
        self.lock = FileLock(root / f"{self.folder.name}.lock")

    def __enter__(self) -> Scratch:
        self.folder.mkdir(parents=True, exist_ok=True)
        holder = self.folder / "holder"
        try:
            self.lock.acquire(timeout=0)
        except Timeout:
            who = holder.read_text(encoding="utf-8") if holder.exists() else "another process"
            raise UserError(
                f"{self.folder}: in use by {who}, which is running the same stage with the same settings; "
                "wait for it, or stop it and run again"
            ) from None
        write_text(holder, f"process {os.getpid()} on {socket.gethostname()}")
        return self

    def __exit__(self, *_: object) -> None:
        self.lock.release()

    def save(self, iteration: int, variables: Mapping[str, keras.Variable], record: Mapping[str, Any]) -> None:
        """Write a checkpoint, complete or not at all, and drop all but the newest two.

        Args:
            iteration: how many iterations are done.
            variables: all that later iterations depend on, by a stable name.
            record: JSON-serialisable, what has been logged so far.
        """
        arrays = {name: np.asarray(variable.value) for name, variable in variables.items()}
        arrays["record"] = np.frombuffer(json.dumps(record).encode(), dtype=np.uint8)
        partial = self.folder / "checkpoint.partial"
        with partial.open("wb") as file:
            np.savez(file, **arrays)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.folder / f"{iteration:09d}-{_digest(partial)}.npz")
        for old in self._checkpoints()[KEPT:]:
            old.unlink()

    def restore(self, variables: Mapping[str, keras.Variable]) -> tuple[int, dict[str, Any]] | None:
        """Set the variables to the newest whole checkpoint.

        Args:
            variables: as given to `save`.

        Returns:
            The iterations done and the record, or None where there is no whole checkpoint.
        """
        for path in self._checkpoints():
            iteration, _, digest = path.stem.partition("-")
            if _digest(path) != digest:
                print(f"{path}: damaged, left aside")
                continue
            with np.load(path, allow_pickle=False) as arrays:
                for name, variable in variables.items():
                    variable.assign(arrays[name])
                return int(iteration), json.loads(arrays["record"].tobytes())
        return None

    def remember(self, name: str, value: str) -> None:
        """Keep a small text, such as the id of the MLflow run."""
        write_text(self.folder / name, value)

    def recall(self, name: str) -> str | None:
        """A text kept by `remember`, or None."""
        path = self.folder / name
        return path.read_text(encoding="utf-8") if path.exists() else None

    def clear(self) -> None:
        """Delete the scratch: the run's outputs are complete."""
        shutil.rmtree(self.folder)
        Path(self.lock.lock_file).unlink(missing_ok=True)

    def _checkpoints(self) -> list[Path]:
        """The checkpoints there are, newest first."""
        return sorted(self.folder.glob("[0-9]*-*.npz"), reverse=True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
