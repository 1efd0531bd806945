"""The pictures that people gave the page: who may see each, which is next, and when it is deleted."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from srgan.errors import UserError
from srgan.inference.pictures import READABLE

PLACES = 8  # for pictures that are received, wait, or are enlarged
KEPT = 3600  # seconds after which a result is deleted, if its owner has not done so
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
        network: folder of the network; None: the one that suits the picture.
        strength: weight of the network.
    """

    owner: str
    name: str
    folder: Path
    network: Path | None
    strength: float
    state: dict[str, Any] = field(default_factory=lambda: {"state": "waiting"})
    process: asyncio.subprocess.Process | None = None

    @property
    def source(self) -> Path:
        """Its file, whose name takes only the suffix from the owner's name, if that is a picture's."""
        suffix = Path(self.name).suffix.lower()
        return self.folder / f"picture{suffix if suffix in READABLE else ''}"


class Queue:
    """All jobs. One picture is enlarged at a time, so memory is needed only for one.

    Args:
        folder: an empty one, for the files.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.jobs: dict[str, Job] = {}  # in the order in which they came
        self._ready: asyncio.Queue[str] = asyncio.Queue()
        self._in_hand: Job | None = None

    def admit(self, owner: str, name: str, network: Path | None, strength: float) -> str:
        """Reserve a place for a picture before it arrives, and return the key of its job.

        Raises:
            FullError: no place is free.
        """
        if sum(job.state["state"] in ("waiting", "working") for job in self.jobs.values()) >= PLACES:
            raise FullError(f"{name}: {PLACES} pictures wait already; try again in some minutes")
        key = secrets.token_urlsafe(16)
        self.jobs[key] = Job(owner, name, self.folder / key, network, strength)
        self.jobs[key].folder.mkdir()
        return key

    def start(self, key: str) -> None:
        """Queue a picture that has arrived."""
        self._ready.put_nowait(key)

    def ahead(self, key: str) -> int:
        """How many pictures are enlarged before this one."""
        keys = [other for other, job in self.jobs.items() if job.state["state"] in ("waiting", "working")]
        return keys.index(key)

    def remove(self, key: str) -> None:
        """Delete a picture, its result and its job; if it is being enlarged, stop that."""
        job = self.jobs.pop(key, None)
        if job is None:  # removed by its owner already
            return
        if job is not self._in_hand:
            shutil.rmtree(job.folder)
        elif job.process:
            job.process.kill()

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
                job.state = {"state": "failed", "error": f"{job.name}: the server failed; its log says why"}
            self._in_hand = None
            if key in self.jobs:
                asyncio.get_running_loop().call_later(KEPT, self.remove, key)
            else:  # removed while it was enlarged
                shutil.rmtree(job.folder)

    async def _enlarge(self, job: Job, key: str) -> None:
        # In its own session, so that Ctrl-C reaches only the server, which then stops the worker.
        task = asyncio.current_task()
        job.process = process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "srgan.web.worker"),
            *(job.source, job.name, job.network or "", str(job.strength)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        said = {}
        try:
            if key not in self.jobs:
                process.kill()
            async for line in cast("asyncio.StreamReader", process.stdout):
                said = json.loads(line)
                if "state" not in said:
                    job.state |= said
        finally:
            if process.returncode is None and task and task.cancelling():
                process.kill()
            await process.wait()
            job.process = None
        # The end is reported only after the process has ended, so that its files can then be deleted.
        job.state = said if "state" in said else {"state": "failed", "error": f"{job.name}: {GAVE_UP}"}
