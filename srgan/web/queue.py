"""The pictures that people gave the page: who may see each, which is next, and when it is deleted."""

from __future__ import annotations

import asyncio
import logging
import secrets
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from srgan.data.images import SUFFIXES
from srgan.errors import UserError
from srgan.hosting.process import WorkerDiedError, end, kill, next_message, start
from srgan.web.wish import Wish

PLACES = 8  # for pictures that are received, wait, or are enlarged
KEPT = 3600  # seconds after which a result is deleted, if that has not been done before
GAVE_UP = "the server gave up; the file may be damaged, or need more memory than there is"
log = logging.getLogger(__name__)


class FullError(UserError):
    """No place is free for another picture."""


@dataclass(eq=False)
class Job:
    """A picture from its arrival until it is deleted.

    Args:
        owner: the visitor who sent it.
        name: its name on the owner's machine.
        folder: the folder of its files, with a name that nobody can guess.
        wish: what the owner asks for.
    """

    owner: str
    name: str
    folder: Path
    wish: Wish
    state: dict[str, Any] = field(default_factory=lambda: {"state": "waiting"})
    process: asyncio.subprocess.Process | None = None
    length: int = 0  # bytes of all its files, when it is done

    @property
    def pending(self) -> bool:
        """Whether there is no result yet."""
        return self.state["state"] in ("waiting", "working")

    @property
    def source(self) -> Path:
        """Its file, whose name takes only the suffix from the owner's name, if that is a picture's."""
        suffix = Path(self.name).suffix.lower()
        return self.folder / f"picture{suffix if suffix in SUFFIXES else ''}"


class Queue:
    """All jobs. One picture is enlarged at a time, so memory is needed only for one.

    Args:
        folder: an empty one, for the files.
        most: bytes of all files of results. When there are more, the oldest results are deleted; the newest never is.
    """

    def __init__(self, folder: Path, most: int):
        self.folder, self.most = folder, most
        self.jobs: dict[str, Job] = {}  # in the order in which they came
        self._ready: asyncio.Queue[str] = asyncio.Queue()
        self._line: list[str] = []  # the keys of those that have arrived, in this order
        self._in_hand: Job | None = None
        self._kept: dict[str, Job] = {}  # those with a result, in the order in which they were done

    def admit(self, owner: str, name: str, wish: Wish) -> str:
        """Reserve a place for a picture before it arrives, and return the key of its job.

        Raises:
            FullError: no place is free.
            OSError: there is no room for its folder.
        """
        if sum(job.pending for job in self.jobs.values()) >= PLACES:
            raise FullError(f"{name}: no place is free ({PLACES} pictures are here); try again in some minutes")
        key = secrets.token_urlsafe(16)
        job = Job(owner, name, self.folder / key, wish)
        self.folder.mkdir(mode=0o700, exist_ok=True)  # systems delete temporary folders that were not used for days
        job.folder.mkdir()
        self.jobs[key] = job
        return key

    def start(self, key: str) -> None:
        """Queue a picture that has arrived."""
        self._line = [other for other in self._line if other in self.jobs] + [key]
        self._ready.put_nowait(key)

    def ahead(self, key: str) -> int:
        """How many pictures are enlarged before this one; of one that still arrives, as if it had just arrived."""
        waiting = [other for other in self._line if other in self.jobs and self.jobs[other].pending]
        return waiting.index(key) if key in waiting else len(waiting)

    def remove(self, key: str) -> None:
        """Delete a picture, its result and its job; if it is being enlarged, stop that."""
        job = self.jobs.pop(key, None)
        self._kept.pop(key, None)
        if job is None:  # removed before
            return
        if job is not self._in_hand:
            _delete(job.folder)
        elif job.process:
            kill(job.process)

    async def work(self) -> None:
        """Enlarge one picture after the other, without end."""
        while True:
            key = await self._ready.get()
            if key not in self.jobs:  # removed while it waited
                continue
            self._in_hand = job = self.jobs[key]
            job.state = {"state": "working", "done": 0.0}
            try:
                await self._enlarge(job, key)
            except Exception:  # a failure of one picture must not stop the others
                log.exception("a picture could not be enlarged")
                job.state = _failed(f"{job.name}: the server failed; its log says why")
            self._in_hand = None
            if key in self.jobs:
                self._keep(job, key)
            else:  # removed while it was enlarged
                _delete(job.folder)

    async def _enlarge(self, job: Job, key: str) -> None:
        job.process = process = await start("srgan.web.worker", str(job.source), job.name, job.wish.dumps())
        try:
            if key not in self.jobs:  # removed meanwhile
                kill(process)
            while "state" not in (said := await next_message(process)):
                job.state |= said
        except WorkerDiedError:
            said = _failed(f"{job.name}: {GAVE_UP}")
        finally:
            await end(process)
            job.process = None
        # The end is reported only after the process has ended, so that its files can then be deleted.
        job.length = sum(path.stat().st_size for path in job.folder.rglob("*") if path.is_file())
        job.state = said

    def _keep(self, job: Job, key: str) -> None:
        """Keep a result for KEPT seconds, if others do not need its room; of a failure keep only what is said."""
        asyncio.get_running_loop().call_later(KEPT, self.remove, key)
        if job.state["state"] == "failed":
            _delete(job.folder)
            return
        self._kept[key] = job
        while len(self._kept) > 1 and sum(kept.length for kept in self._kept.values()) > self.most:
            self.remove(next(iter(self._kept)))


def _failed(error: str) -> dict[str, Any]:
    """The state of a picture that may do better at another try."""
    return {"state": "failed", "error": error, "again": True}


def _delete(folder: Path) -> None:
    """Delete a picture's files. A failure is logged and stops nothing: the files go with the server at the latest."""
    try:
        shutil.rmtree(folder)
    except OSError:
        if folder.exists():  # else something has cleaned up before
            log.exception("a picture could not be deleted")
