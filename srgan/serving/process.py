"""The process that holds the network, from the server's side."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from srgan.errors import UserError
from srgan.hosting.process import WorkerDiedError, end, kill, next_message, start

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds between attempts to start it again
STARTING = 30.0  # seconds that a picture waits for a new process
log = logging.getLogger(__name__)


class WorkerMissingError(RuntimeError):
    """There is no process that has the network."""


class Worker:
    """A process of srgan.serving.worker, which is replaced when it ends.

    Args:
        arguments: its command line: network, strength, device and side.
        died: called when a process has ended that was not told to.
    """

    def __init__(self, arguments: tuple[str, str, str, str], died: Callable[[], object]):
        self._arguments, self._died = arguments, died
        self._process: asyncio.subprocess.Process | None = None
        self._sha256 = ""  # of the weights that the first process loaded
        self._ready = asyncio.Event()

    @property
    def ready(self) -> bool:
        """Whether there is a process that has the network."""
        return self._ready.is_set()

    async def start(self) -> None:
        """Start the process and wait until it has the network.

        Raises:
            UserError: the network is damaged or is another one than before, or the device is missing.
            WorkerDiedError: the process ended or hung.
        """
        self._process = process = await start("srgan.serving.worker", *self._arguments)
        said = await next_message(process)
        if "error" in said:
            await end(process)
            raise UserError(said["error"])
        self._sha256 = self._sha256 or said["sha256"]
        if said["sha256"] != self._sha256:
            await self.stop()
            raise UserError("the network's folder has other weights than when the server started; restart the server")
        self._ready.set()

    async def keep(self) -> None:
        """Start a new process whenever one ends, as long as the server runs."""
        while True:
            assert self._process
            await self._process.wait()
            self._ready.clear()
            self._died()
            pause = FIRST_PAUSE
            while not self.ready:
                try:
                    await self.start()
                except (UserError, WorkerDiedError, OSError) as error:
                    log.error("the network cannot be loaded again: %s", error or "the process ended")
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, LONGEST_PAUSE)

    async def enlarge(self, source: Path, target: Path) -> dict[str, Any]:
        """Enlarge a file: what srgan.serving.worker.enlarge gives. The process takes one at a time.

        Raises:
            WorkerDiedError: the process crashed, hung, or was killed because it needed too much memory.
            WorkerMissingError: there is none, nor has one been started within STARTING seconds.
        """
        try:
            async with asyncio.timeout(STARTING):
                await self._ready.wait()
        except TimeoutError:
            raise WorkerMissingError from None
        process = self._process
        assert process
        assert process.stdin
        process.stdin.write(json.dumps({"source": str(source), "target": str(target)}).encode() + b"\n")
        try:
            said: dict[str, Any] = {"tile": True}
            while "tile" in said:
                said = await next_message(process)
        except BaseException:  # a cancellation, too: the answer would be taken for the next picture's
            self._ready.clear()
            kill(process)
            raise
        return said

    async def stop(self) -> None:
        """End the process."""
        if self._process:
            self._ready.clear()
            await end(self._process)
