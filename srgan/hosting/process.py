"""A process beside the server, for what may crash, hang or need too much memory. It prints JSON objects, one a line."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
import threading
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from srgan.errors import UnwritableError

LONGEST_LINE = 2**20  # bytes
# Not `python -m`, which would import the user's own random.py, if there is one in the current folder.
PROJECT = str(Path(__file__).resolve().parents[2])  # where this server's own code is
RUN_MODULE = (
    f"import runpy, sys; {PROJECT!r} in sys.path or sys.path.insert(0, {PROJECT!r}); "
    "runpy.run_module(sys.argv.pop(1), run_name='__main__')"
)
SILENT = 300.0  # seconds without a line after which the process is taken to hang
NO_ROOM = "the server has no room for the result; try again later"
log = logging.getLogger(__name__)


class WorkerDiedError(RuntimeError):
    """The process crashed, hung, or was killed because it needed too much memory."""


async def start(module: str, *arguments: str) -> Process:
    """Start a module of the project, which reads what the server writes to it.

    Args:
        module: its name. It calls `end_with_server`.
        arguments: its command line.
    """
    # In a session of its own, so that Ctrl-C reaches only the server, which then stops the process.
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-c", RUN_MODULE, module, *arguments),
        stdin=PIPE,
        stdout=PIPE,
        limit=LONGEST_LINE,
        start_new_session=True,
    )


def end_with_server(heard: Callable[[str], object] = lambda _: None) -> None:
    """For the child process: read what the server writes, and exit when the server has ended for any reason.

    Args:
        heard: called with each line, in a thread.
    """

    def listen() -> None:
        for line in sys.stdin:
            heard(line)
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()


def log_no_room(folder: Path, error: UnwritableError | OSError) -> None:
    """For the child process: log why something cannot be written. The sender of the picture is told NO_ROOM only.

    Args:
        folder: of the picture.
        error: its context is logged, if it has one: libvips' message has more lines than the UnwritableError's, and one
            of them gives the reason.
    """
    log.error("no room for a result in %s: %s", folder, " ".join(str(error.__context__ or error).split()))


async def next_message(process: Process) -> dict[str, Any]:
    """The next object that a process prints.

    Raises:
        WorkerDiedError: it ended instead, or printed nothing for SILENT seconds and was killed.
    """
    assert process.stdout
    while True:
        try:
            async with asyncio.timeout(SILENT):
                line = await process.stdout.readline()
        except TimeoutError:
            line = b""
        if not line.endswith(b"\n"):
            await end(process)
            raise WorkerDiedError
        with suppress(ValueError):  # a line that is no object was printed by a library
            if isinstance(said := json.loads(line), dict):
                return said


async def end(process: Process) -> None:
    """Kill a process, unless it has ended, and wait for its end."""
    kill(process)
    await process.wait()


def kill(process: Process) -> None:
    """Kill a process, unless it has ended."""
    if process.returncode is not None:
        return
    if sys.platform == "win32":
        process.kill()
        return
    # process.kill() would take the return code of one that has just ended, and asyncio, which waits for it, would warn.
    with suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGKILL)
