"""The queue when things go wrong, and when results grow old."""

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager, suppress

from PIL import Image

from srgan.inference.shipped import SHIPPED
from srgan.web import queue
from srgan.web.queue import Queue


@asynccontextmanager
async def working(folder):
    """A queue at work."""
    folder.mkdir()
    jobs = Queue(folder)
    task = asyncio.create_task(jobs.work())
    try:
        yield jobs
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def given(jobs, path):
    """A picture that has arrived; returns its key and its job."""
    key = jobs.admit("somebody", path.name, SHIPPED / "pretrain", 1.0)
    jobs.jobs[key].source.write_bytes(path.read_bytes())
    jobs.start(key)
    return key, jobs.jobs[key]


async def until(condition):
    async with asyncio.timeout(120):
        while not condition():
            await asyncio.sleep(0.02)


def ended(job):
    return job.state["state"] in ("done", "failed")


def test_a_result_is_deleted_when_its_time_is_over(tmp_path, photo, monkeypatch):
    monkeypatch.setattr(queue, "KEPT", 1)

    async def check():
        async with working(tmp_path / "jobs") as jobs:
            key, job = given(jobs, photo)
            await until(lambda: ended(job))
            assert job.state["state"] == "done"
            assert (job.folder / job.state["file"]).exists()
            await until(lambda: key not in jobs.jobs)
            assert not list(jobs.folder.iterdir())

    asyncio.run(check())


def test_a_picture_that_takes_its_process_down_costs_no_other(tmp_path, photo):
    Image.new("RGB", (2000, 2000)).save(tmp_path / "heavy.png")

    async def check():
        async with working(tmp_path / "jobs") as jobs:
            _, heavy = given(jobs, tmp_path / "heavy.png")
            _, other = given(jobs, photo)
            await until(lambda: heavy.process)
            os.kill(heavy.process.pid, signal.SIGKILL)  # as the kernel does where memory ends
            await until(lambda: ended(heavy))
            assert heavy.state["error"].startswith("heavy.png: the server gave up; the file may be damaged")
            await until(lambda: ended(other))
            assert other.state["state"] == "done"

    asyncio.run(check())


def test_what_the_server_itself_cannot_do_is_said_and_logged(tmp_path, photo, monkeypatch, caplog):
    async def check():
        async with working(tmp_path / "jobs") as jobs:
            with monkeypatch.context() as broken:
                broken.setattr(sys, "executable", str(tmp_path / "nothing"))
                _, job = given(jobs, photo)
                await until(lambda: ended(job))
            assert job.state["error"] == "photo.jpg: the server failed; its log says why"
            assert "FileNotFoundError" in caplog.text
            _, job = given(jobs, photo)
            await until(lambda: ended(job))
            assert job.state["state"] == "done"

    asyncio.run(check())


def test_when_the_server_ends_nothing_goes_on(tmp_path):
    Image.new("RGB", (2000, 2000)).save(tmp_path / "heavy.png")

    async def check():
        async with working(tmp_path / "jobs") as jobs:
            _, job = given(jobs, tmp_path / "heavy.png")
            await until(lambda: job.process)
            process = job.process
        assert process.returncode == -signal.SIGKILL

    asyncio.run(check())
