"""The process that holds the network, from the server's side."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from srgan.errors import UserError

LONGEST_LINE = 2**20  # bytes of an answer


class WorkerDiedError(RuntimeError):
    """The process ended in the middle of a picture."""


class Worker:
    """A process of srgan.serving.worker, which is replaced when it dies.

    Args:
        network: folder of the network.
        strength: weight of the network, see srgan.inference.enlarger.
        device: that computes.
        side: LR pixels of the crops that are measured.
    """

    def __init__(self, network: Path, strength: float, device: str, side: int):
        self._arguments = (str(network), str(strength), device, str(side))
        self._process: asyncio.subprocess.Process | None = None
        self.turn = asyncio.Lock()  # hold it while a picture is enlarged: the process takes one at a time
        self.starts = 0

    @property
    def alive(self) -> bool:
        """Whether the process is there and has loaded the network."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start the process and wait until it has the network.

        Raises:
            UserError: the network is damaged, or the device is missing.
        """
        # In a session of its own, so that Ctrl-C reaches only the server.
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "srgan.serving.worker", *self._arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LONGEST_LINE,
            start_new_session=True,
        )
        self.starts += 1
        said = await _line(process)
        if "error" in said:
            await process.wait()
            raise UserError(said["error"])
        self._process = process

    async def enlarge(self, source: Path, target: Path) -> dict[str, Any]:
        """Enlarge a file: what srgan.serving.worker.enlarge gives.

        Raises:
            UserError: the picture cannot be enlarged.
            WorkerDiedError: the process crashed, or was killed because it needed too much memory.
        """
        if not self.alive:
            await self.start()
        process = self._process
        assert process
        assert process.stdin
        process.stdin.write(json.dumps({"source": str(source), "target": str(target)}).encode() + b"\n")
        try:
            said = await _line(process)
        except asyncio.CancelledError:  # its answer would be taken for the next picture's
            process.kill()
            raise
        except WorkerDiedError:
            await self.start()
            raise
        if "error" in said:
            raise UserError(said["error"])
        return said

    async def stop(self) -> None:
        """End the process."""
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


async def _line(process: asyncio.subprocess.Process) -> dict[str, Any]:
    """The next JSON object that a process prints."""
    assert process.stdout
    line = await process.stdout.readline()
    if not line.endswith(b"\n"):
        await process.wait()
        raise WorkerDiedError
    return json.loads(line)
