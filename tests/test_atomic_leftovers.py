"""What a killed process left is cleared, and what a living one writes is not."""

import os
import subprocess
import sys
import time

from srgan import atomic
from srgan.atomic import (
    MARK,
    temporary_path,
    write_text,
)


def left(folder, name):
    (folder / name).write_text("left")
    return folder / name


def test_what_a_killed_process_left_is_cleared_unless_another_may_still_write_it(tmp_path):
    with temporary_path(tmp_path) as path:
        ours = path.name
    other_machine = f"{MARK}00000000-{ours.rpartition('-')[2]}"
    mine = left(tmp_path, ".mine.tmp")
    with temporary_path(tmp_path):
        beside = left(tmp_path, ours)
        write_text(tmp_path / "text", "new")
        assert beside.exists()  # somebody, here the block, uses such names
    left(tmp_path, ours)
    foreign = left(tmp_path, other_machine)
    write_text(tmp_path / "text", "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([mine.name, foreign.name, "text"])
    os.utime(foreign, (0, time.time() - atomic.FOREIGN_SECONDS - 9))
    write_text(tmp_path / "text", "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == [mine.name, "text"]


def test_what_runs_in_another_process_is_not_cleared(tmp_path, repository):
    code = (
        "import sys; from pathlib import Path; from srgan.atomic import built_file\n"
        "with built_file(Path(sys.argv[1])) as path:\n"
        "    path.write_text('theirs'); print('there', flush=True); sys.stdin.readline()\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "theirs")]
    with subprocess.Popen(command, cwd=repository, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "there\n"
            write_text(tmp_path / "ours", "ours")
            process.communicate("go on\n", timeout=60)
        finally:
            process.kill()
    assert (tmp_path / "theirs").read_text() == "theirs"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ours", "theirs"]
