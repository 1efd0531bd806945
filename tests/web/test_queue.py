"""The queue when things go wrong, and when results grow old."""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import asynccontextmanager, suppress

import pytest
from PIL import Image

from srgan.hosting import process
from srgan.inference.shipped import SHIPPED
from srgan.web import queue
from srgan.web.queue import PLACES, FullError, Queue
from srgan.web.wish import Wish


@asynccontextmanager
async def working(folder, most=10**9):
    """A queue at work that keeps so many bytes of results."""
    folder.mkdir()
    jobs = Queue(folder, most)
    task = asyncio.create_task(jobs.work())
    try:
        yield jobs
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def given(jobs, path):
    """A picture that has arrived; returns its key and its job."""
    key = jobs.admit("somebody", path.name, Wish(SHIPPED / "pretrain"))
    jobs.jobs[key].source.write_bytes(path.read_bytes())
    jobs.start(key)
    return key, jobs.jobs[key]


async def until(condition):
    async with asyncio.timeout(120):
        while not condition():
            await asyncio.sleep(0.02)


def ended(job):
    return job.state["state"] in ("done", "failed")


def test_those_that_arrived_before_are_ahead_not_those_that_were_announced_before(tmp_path):
    jobs = Queue(tmp_path, 10**9)
    slow, first, second = (jobs.admit("somebody", name, Wish()) for name in ("slow.png", "a.png", "b.png"))
    assert jobs.ahead(slow) == 0
    jobs.start(first)
    jobs.start(second)
    assert [jobs.ahead(key) for key in (slow, first, second)] == [2, 0, 1]
    jobs.jobs[first].state = {"state": "done"}
    jobs.start(slow)
    assert [jobs.ahead(key) for key in (second, slow)] == [0, 1]
    jobs.remove(second)
    assert jobs.ahead(slow) == 0


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


def test_a_process_that_hangs_costs_no_other(tmp_path, photo, monkeypatch):
    async def check():
        async with working(tmp_path / "jobs") as jobs:
            with monkeypatch.context() as impatient:
                impatient.setattr(process, "SILENT", 0.5)
                _, hung = given(jobs, photo)
                await until(lambda: hung.process)
                os.kill(hung.process.pid, signal.SIGSTOP)
                await until(lambda: ended(hung))
            assert hung.state["error"].startswith("photo.jpg: the server gave up; the file may be damaged")
            assert hung.state["again"]
            _, other = given(jobs, photo)
            await until(lambda: ended(other))
            assert other.state["state"] == "done"

    asyncio.run(check())


def test_files_that_cannot_be_deleted_stop_nothing(tmp_path, photo, monkeypatch, caplog):
    def refuse(folder):
        raise PermissionError(f"no right to delete {folder}")

    async def check():
        async with working(tmp_path / "jobs") as jobs:
            with monkeypatch.context() as broken:
                broken.setattr(queue.shutil, "rmtree", refuse)
                key, removed = given(jobs, photo)
                await until(lambda: removed.process)
                jobs.remove(key)
                _, other = given(jobs, photo)
                await until(lambda: ended(other))
            assert other.state["state"] == "done"
            assert f"no right to delete {removed.folder}" in caplog.text

    asyncio.run(check())


def test_files_that_are_gone_are_deleted_without_a_word(tmp_path, photo, caplog):
    async def check():
        async with working(tmp_path / "jobs") as jobs:
            key, job = given(jobs, photo)
            await until(lambda: ended(job))
            job.folder.rename(tmp_path / "elsewhere")
            jobs.remove(key)
            assert caplog.text == ""

    asyncio.run(check())


def test_a_picture_that_gets_no_folder_takes_no_place(tmp_path):
    jobs = Queue(tmp_path / "jobs", 10**9)
    jobs.folder.write_text("no folder")
    for _ in range(PLACES + 1):
        with pytest.raises(FileExistsError):
            jobs.admit("somebody", "photo.jpg", Wish())
    jobs.folder.unlink()
    jobs.folder.mkdir()
    for _ in range(PLACES):
        jobs.admit("somebody", "photo.jpg", Wish())
    with pytest.raises(FullError, match=r"no place is free \(8 pictures are here\)"):
        jobs.admit("somebody", "photo.jpg", Wish())


def test_a_temporary_folder_that_the_system_has_cleaned_up_is_made_again(tmp_path):
    jobs = Queue(tmp_path / "gone", 10**9)
    key = jobs.admit("somebody", "photo.jpg", Wish())
    assert jobs.jobs[key].folder.is_dir()
    assert jobs.folder.stat().st_mode & 0o077 == 0


def test_of_a_failure_only_the_sentence_is_kept(tmp_path):
    (tmp_path / "wrong.png").write_bytes(b"no picture")

    async def check():
        async with working(tmp_path / "jobs") as jobs:
            key, job = given(jobs, tmp_path / "wrong.png")
            await until(lambda: ended(job))
            assert jobs.jobs[key].state["error"].startswith("wrong.png: not a picture")
            assert not list(jobs.folder.iterdir())

    asyncio.run(check())


def test_the_oldest_results_go_when_there_are_too_many(tmp_path, photo):
    async def check():
        async with working(tmp_path / "jobs") as jobs:
            first, job = given(jobs, photo)
            await until(lambda: ended(job))
            size = sum(file.stat().st_size for file in job.folder.rglob("*") if file.is_file())
            jobs.most = 2 * size
            keys = [first]
            for _ in range(2):
                key, job = given(jobs, photo)
                await until(lambda job=job: ended(job))
                keys.append(key)
            assert list(jobs.jobs) == keys[1:]
            assert {path.name for path in jobs.folder.iterdir()} == set(keys[1:])
            jobs.remove(keys[1])  # what its owner deletes makes room, too
            key, job = given(jobs, photo)
            await until(lambda: ended(job))
            assert list(jobs.jobs) == [keys[2], key]

    asyncio.run(check())


def test_a_result_that_is_larger_than_all_that_is_kept_can_be_downloaded(tmp_path, photo):
    async def check():
        async with working(tmp_path / "jobs", most=0) as jobs:
            key, job = given(jobs, photo)
            await until(lambda: ended(job))
            assert job.state["state"] == "done"
            assert list(jobs.jobs) == [key]
            assert (job.folder / job.state["file"]).exists()

    asyncio.run(check())


def test_what_the_server_itself_cannot_do_is_said_and_logged(tmp_path, photo, monkeypatch, caplog):
    async def check():
        async with working(tmp_path / "jobs") as jobs:
            with monkeypatch.context() as broken:
                broken.setattr(sys, "executable", str(tmp_path / "nothing"))
                _, job = given(jobs, photo)
                await until(lambda: ended(job))
            assert job.state["error"] == "photo.jpg: the server failed; its log says why"
            assert job.state["again"]
            assert "FileNotFoundError" in caplog.text
            _, job = given(jobs, photo)
            await until(lambda: ended(job))
            assert job.state["state"] == "done"

    asyncio.run(check())


def test_when_the_server_is_killed_nothing_goes_on(tmp_path):
    """Not even the picture in hand, though nobody is left who could stop its process."""
    Image.new("RGB", (2000, 2000)).save(tmp_path / "heavy.png")
    arguments = [str(tmp_path / "heavy.png"), "heavy.png", Wish(SHIPPED / "pretrain").dumps()]
    command = [sys.executable, "-m", "srgan.web.worker", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdout.readline()  # a tile is done
        worker.stdin.close()
        assert worker.wait(60) == 0
    assert not list(tmp_path.glob("enlarged/*.png"))


def test_when_the_server_ends_nothing_goes_on(tmp_path):
    Image.new("RGB", (2000, 2000)).save(tmp_path / "heavy.png")

    async def check():
        async with working(tmp_path / "jobs") as jobs:
            _, job = given(jobs, tmp_path / "heavy.png")
            await until(lambda: job.process)
            process = job.process
        assert process.returncode == -signal.SIGKILL

    asyncio.run(check())


def test_a_picture_that_is_removed_while_its_process_starts_is_not_enlarged(tmp_path, photo, monkeypatch):
    async def check():
        async with working(tmp_path / "jobs") as jobs:
            made = []

            async def removed_meanwhile(*_):
                made.append(await asyncio.create_subprocess_exec("sleep", "600", stdout=asyncio.subprocess.PIPE))
                jobs.remove(key)
                return made[0]

            monkeypatch.setattr(queue, "start", removed_meanwhile)
            key, _ = given(jobs, photo)
            async with asyncio.timeout(20):
                while not (made and made[0].returncode):
                    await asyncio.sleep(0.02)
            await until(lambda: not list(jobs.folder.iterdir()))

    asyncio.run(check())
