"""A process beside the server: what it prints, its end, and its silence."""

import asyncio
import os
import signal
import threading

import pytest

from srgan.hosting import process
from srgan.hosting.process import WorkerDiedError, end, kill, next_message, start

SCRIPT = """
import sys, time
{code}
"""


@pytest.fixture
def said(tmp_path, monkeypatch):
    """A function that runs a module: how its process ended, and what was heard of it until then."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def run(code, lines):
        (tmp_path / "talker.py").write_text(SCRIPT.format(code=code))

        async def listen():
            talker = await start("talker", "an argument")
            heard = []
            try:
                for _ in range(lines):
                    heard.append(await next_message(talker))
            except WorkerDiedError:
                heard.append(WorkerDiedError)
                return talker.returncode, heard  # next_message has waited for its end
            await end(talker)
            return talker.returncode, heard

        return asyncio.run(asyncio.wait_for(listen(), 120))

    return run


def test_objects_come_one_a_line(said):
    code = "print('{\"a\": 1}'); print('{\"b\": \"' + sys.argv[1] + '\"}', flush=True); time.sleep(600)"
    assert said(code, 2) == (-signal.SIGKILL, [{"a": 1}, {"b": "an argument"}])


def test_an_end_in_the_middle_of_a_line_is_an_end(said):
    # Whether it ends by itself before it is killed is chance, and so is its return code.
    ended, heard = said("print('{\"a\": 1}'); print('{', end='')", 3)
    assert ended is not None
    assert heard == [{"a": 1}, WorkerDiedError]


def test_one_that_is_silent_is_killed(said, monkeypatch):
    monkeypatch.setattr(process, "SILENT", 0.2)
    assert said("time.sleep(600)", 1) == (-signal.SIGKILL, [WorkerDiedError])


def test_one_that_has_closed_its_output_and_goes_on_is_killed(said):
    assert said("import os; os.close(1); time.sleep(600)", 1) == (-signal.SIGKILL, [WorkerDiedError])


def test_ending_one_that_has_ended_does_nothing(said):
    async def twice():
        talker = await start("talker")
        await talker.wait()
        await end(talker)
        return talker.returncode

    said("", 0)
    assert asyncio.run(asyncio.wait_for(twice(), 120)) == 0


def test_of_one_that_ends_at_that_moment_asyncio_learns_how(said, monkeypatch, caplog):
    killed, waitpid = threading.Event(), os.waitpid

    def late(pid, options):
        killed.wait(60)
        return waitpid(pid, options)

    async def kill_late():
        talker = await start("talker")
        os.waitid(os.P_PID, talker.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and asyncio does not know yet
        kill(talker)
        killed.set()
        return await talker.wait()

    said("sys.exit(3)", 0)
    monkeypatch.setattr(os, "waitpid", late)
    assert asyncio.run(asyncio.wait_for(kill_late(), 120)) == 3
    assert caplog.text == ""


def test_lines_that_are_no_objects_are_passed_over(said):
    """What a library prints."""
    code = "print('hello'); print(3); print('{\"a\": 1}', flush=True); time.sleep(600)"
    assert said(code, 1) == (-signal.SIGKILL, [{"a": 1}])


def test_modules_in_the_current_folder_are_not_imported(said, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    (tmp_path / "here/random.py").write_text("raise RuntimeError('not this one')")
    monkeypatch.chdir(tmp_path / "here")
    code = "import random, srgan; print('{\"a\": 1}', flush=True); time.sleep(600)"
    assert said(code, 1) == (-signal.SIGKILL, [{"a": 1}])
