"""Which runs of this clone are alive. Runs that were killed, for instance for lack of memory, are closed.

A run's process holds a lock on a file named after the run. The kernel takes it from the process when that ends,
however it ends. So a file that nobody holds is of a run that was left open.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from filelock import FileLock

from srgan.root import project_root


class Claim:
    """What a run holds for as long as its process lives."""

    def __init__(self) -> None:
        self._lock: FileLock | None = None

    def take(self, run_id: str) -> None:
        """Mark a run as alive. If that cannot be written, the run goes on unmarked."""
        if self._lock is None:
            lock = FileLock(_folder() / run_id)
            with suppress(OSError):  # a full disk; or an earlier run of this very process has it
                _folder().mkdir(parents=True, exist_ok=True)
                lock.acquire(timeout=0)
                self._lock = lock

    def give_up(self) -> None:
        """Say that the run has ended, and that the store knows."""
        if self._lock is not None:
            forget(Path(self._lock.lock_file).name)
            self._lock.release()
            self._lock = None


def left_open() -> list[str]:
    """The ids of runs of which no process lives, and whose end nobody has told the store."""
    return [path.name for path in _folder().glob("*") if _is_free(path)]


def forget(run_id: str) -> None:
    """The store knows now that a run has ended."""
    with suppress(OSError):
        (_folder() / run_id).unlink(missing_ok=True)


def _is_free(path: Path) -> bool:
    try:
        with FileLock(path, timeout=0):
            return True
    except OSError:  # somebody has it, or it cannot be asked
        return False


def _folder() -> Path:
    """Beside the checkpoints' folders, none of which is called runs."""
    return project_root() / ".scratch" / "runs"
