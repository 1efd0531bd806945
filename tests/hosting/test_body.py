"""What a request carries, from senders that stall, leave or send too much."""

import asyncio
import errno
import io
import itertools
import os

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from srgan.errors import UserError
from srgan.hosting import body

PART = {"type": "http.request", "body": b"12345678", "more_body": True}
MEGABYTE = {"type": "http.request", "body": bytes(2**20), "more_body": True}
END = {"type": "http.request", "body": b"9", "more_body": False}


def received(messages, file=None):
    """What is written of a body that comes in these messages; after the last the sender is silent."""
    messages = iter(messages)

    async def receive():
        await asyncio.sleep(0.01)
        for message in messages:
            return message
        return await asyncio.Event().wait()

    asyncio.run(body.receive(Request({"type": "http", "method": "POST", "headers": []}, receive), file))


def test_a_body_is_written_as_it_comes():
    received([PART, PART, END], file := io.BytesIO())
    assert file.getvalue() == b"12345678123456789"


def test_a_sender_that_stalls_is_given_up(monkeypatch):
    monkeypatch.setattr(body, "STALLED", 0.05)
    with pytest.raises(HTTPException, match="the picture came too slowly, or not at all; send it again") as refused:
        received([PART], io.BytesIO())
    assert refused.value.status_code == 408


def test_a_sender_that_sends_a_byte_now_and_then_is_given_up_too(monkeypatch):
    monkeypatch.setattr(body, "LONGEST", 0.05)
    with pytest.raises(HTTPException, match="too slowly"):
        received(itertools.repeat(PART), io.BytesIO())


def test_a_sender_that_leaves():
    with pytest.raises(ClientDisconnect):
        received([PART, {"type": "http.disconnect"}], io.BytesIO())


def test_too_much_is_read_to_its_end_and_not_written(monkeypatch):
    monkeypatch.setattr(body, "MOST_BYTES", 2**20)
    with pytest.raises(UserError, match="the file has more than 1 MB, which is the most that is taken"):
        received([MEGABYTE, PART, END], file := io.BytesIO())
    assert len(file.getvalue()) == 2**20


def test_a_body_that_finds_no_room_is_read_to_its_end():
    """A browser ignores an answer that comes earlier."""
    parts = iter([PART, PART, END])

    class Full(io.BytesIO):
        def write(self, _):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OSError, match="No space left on device"):
        received(parts, Full())
    assert list(parts) == []


def test_a_body_without_an_end_is_not_read_for_ever(monkeypatch):
    monkeypatch.setattr(body, "MOST_BYTES", 2**20)
    with pytest.raises(UserError, match="more than 1 MB"):
        received(itertools.repeat(MEGABYTE), io.BytesIO())


def test_a_body_that_nobody_wants_is_read():
    received([PART, END])
