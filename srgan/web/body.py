"""Receive the file that a request carries."""

from __future__ import annotations

import asyncio
from typing import BinaryIO

from starlette.exceptions import HTTPException
from starlette.requests import Request

from srgan.errors import UserError

MOST_BYTES = 128 * 2**20  # of a picture's file
STALLED = 60.0  # seconds without a byte after which a sender is given up, so that it does not keep its place


async def receive(request: Request, file: BinaryIO | None) -> None:
    """Write a request's body into a file, if any. It is read to its end, because a browser ignores an earlier answer.

    Raises:
        UserError: it is longer than MOST_BYTES; no more than that is written.
        HTTPException: no byte has come for STALLED seconds.
    """
    length = 0
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(STALLED):
                part = await anext(stream, None)
        except TimeoutError:
            raise HTTPException(408, f"nothing has come for {STALLED:g} seconds; send the picture again") from None
        if part is None:
            break
        length += len(part)
        if file and length <= MOST_BYTES:
            file.write(part)
    if file and length > MOST_BYTES:
        raise UserError(f"{length // 2**20} MB are too much; at most {MOST_BYTES // 2**20} MB are taken")
