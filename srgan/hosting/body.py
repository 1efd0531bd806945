"""Receive the file that a request carries."""

from __future__ import annotations

import asyncio
from typing import BinaryIO

from starlette.exceptions import HTTPException
from starlette.requests import Request

from srgan.errors import UserError

MOST_BYTES = 128 * 2**20  # of a picture's file
STALLED = 60.0  # seconds without a byte after which a sender is given up, so that it does not keep its place
LONGEST = 1200.0  # seconds that a file may take


async def receive(request: Request, file: BinaryIO | None) -> None:
    """Write a request's body into a file, or discard it if `file` is None.

    A body over MOST_BYTES is read up to twice that, and one that cannot be stored to its end, because a browser ignores
    an earlier answer.

    Raises:
        UserError: it is longer than MOST_BYTES; no more than that is written.
        OSError: it cannot be written.
        HTTPException: no byte has come for STALLED seconds, or the last one not within LONGEST.
    """
    length, failure = 0, None
    stream = request.stream()
    end = asyncio.get_running_loop().time() + LONGEST
    while length <= 2 * MOST_BYTES:
        try:
            async with asyncio.timeout_at(min(end, asyncio.get_running_loop().time() + STALLED)):
                part = await anext(stream, None)
        except TimeoutError:
            raise HTTPException(408, "the picture came too slowly, or not at all; send it again") from None
        if part is None:
            break
        length += len(part)
        if file and length <= MOST_BYTES and not failure:
            try:
                file.write(part)
            except OSError as error:
                failure = error
    if length > MOST_BYTES:
        raise UserError(f"the file has more than {MOST_BYTES // 2**20} MB, which is the most that is taken")
    if failure:
        raise failure


def no_room(error: OSError) -> str:
    """What the sender of a picture that cannot be written is told."""
    return f"the server has no room or no right to store the picture ({error.strerror or error})"
