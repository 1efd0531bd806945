"""`upscale --watch`, and how `upscale` is stopped."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

from srgan import interrupt
from srgan.errors import UnwritableError
from srgan.inference import watch
from tests.commands.upscaling import fail_at, run
from tests.folders import files


def looks(count):
    """Arrivals of a watch that looks so many times, until Ctrl-C, and takes what it sees as complete."""

    def arrivals(pairs, _):
        for _ in range(count):
            yield from (pair for pair in pairs() if not pair[1].exists())
        raise KeyboardInterrupt

    return arrivals


def test_an_error_that_nobody_expected_does_not_end_a_watch(photos, model, monkeypatch, capsys):
    monkeypatch.setattr(watch, "arrivals", looks(1))
    fail_at(monkeypatch, "a.png", IndexError("index out of range"))
    assert run("photos", "-o", "out", "--model", model, "--watch") == 0
    shown = capsys.readouterr()
    assert "error: photos/a.png: failed unexpectedly (IndexError: index out of range)" in shown.err
    assert "photos/trip/b.jpg -> out/trip/b.png\n" in shown.out


def test_a_watched_folder_from_a_shell(photos, model, tmp_path, repository):
    """What is there, what comes, a broken one; then Ctrl-C."""
    environment = os.environ | {"PYTHONPATH": str(repository)}
    command = [sys.executable, "-m", "srgan", "upscale", "photos", "-o", "out", "--model", str(model), "--watch"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Tests that run in the background have Ctrl-C ignored, and what they start has too.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    ) as watcher:
        try:
            lines = [watcher.stdout.readline() for _ in range(3)]
            (photos / "broken.png").write_bytes(b"no picture")
            Image.fromarray(np.full((6, 8, 3), 99, np.uint8)).save(photos / "later.png")
            lines.append(watcher.stdout.readline())
            watcher.send_signal(signal.SIGINT)
            rest, errors = watcher.communicate(timeout=60)
        finally:
            watcher.kill()
    assert lines == [
        "watching photos; Ctrl-C stops\n",
        "photos/a.png -> out/a.png\n",
        "photos/trip/b.jpg -> out/trip/b.png\n",
        "photos/later.png -> out/later.png\n",
    ]
    assert rest == "\n3 pictures enlarged into out, 1 failed\n"
    assert errors.startswith("error: photos/broken.png: not a picture")
    assert watcher.returncode == 0


def test_a_second_picture_of_the_same_name_while_watching(photos, model, tmp_path, monkeypatch, capsys):
    """The result of the first has its name already; from now on the names say which is which."""
    run("photos", "-o", "out", "--model", model)
    capsys.readouterr()
    shutil.copy(photos / "trip/b.jpg", photos / "a.jpg")
    shutil.copy(photos / "a.png", photos / "later.png")
    monkeypatch.setattr(watch, "arrivals", looks(3))
    assert run("photos", "-o", "out", "--model", model, "--watch") == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert "photos/a.jpg -> out/a.jpg.png\n" in shown.out
    assert "photos/later.png -> out/later.png\n" in shown.out
    assert files(tmp_path / "out") == ["a.jpg.png", "a.png", "a.png.png", "later.png", "trip/b.png"]


def test_a_picture_whose_result_had_no_room_is_tried_again(photos, model, monkeypatch, capsys):
    def arrivals(pairs, again):
        first = next(iter(pairs()))
        with monkeypatch.context() as full:
            fail_at(full, "a.png", UnwritableError("out/a.png: cannot be written (the disk is full)"))
            yield first
        assert again == {first[0]}
        yield first
        raise KeyboardInterrupt

    monkeypatch.setattr(watch, "arrivals", arrivals)
    assert run("photos", "-o", "out", "--model", model, "--watch") == 0
    shown = capsys.readouterr()
    assert shown.err == "error: out/a.png: cannot be written (the disk is full)\n"
    assert shown.out.endswith("\n1 picture enlarged into out\n")


def test_raw_files_in_a_watched_folder_are_named(photos, model, monkeypatch, capsys):
    (photos / "x.dng").write_bytes(b"raw")
    monkeypatch.setattr(watch, "arrivals", looks(1))
    assert run("photos", "-o", "out", "--model", model, "--watch") == 0
    assert "x.dng" in capsys.readouterr().err


def test_a_watch_of_a_folder_that_is_still_empty(photos, model, monkeypatch, capsys):
    (photos.parent / "empty").mkdir()
    monkeypatch.setattr(watch, "arrivals", looks(2))
    assert run("empty", "-o", "out", "--model", model, "--watch") == 0
    assert run("empty", "-o", "out.png", "--model", model, "--watch") == 1
    assert "-o out.png: is a file, and --watch enlarges more than one picture" in capsys.readouterr().err


def test_ctrl_c_ends_all(photos, model, tmp_path, monkeypatch):
    fail_at(monkeypatch, "a.png", KeyboardInterrupt())
    assert run(photos, "-o", "out", "--model", model) == 130
    assert not (tmp_path / "out/trip").exists()


def test_after_ctrl_c_it_says_what_is_done_and_what_failed(photos, model, monkeypatch, capsys):
    (photos / "aa.png").write_bytes(b"no picture")
    fail_at(monkeypatch, "b.jpg", KeyboardInterrupt())
    assert run("photos", "-o", "out", "--model", model) == 130
    said = capsys.readouterr().err
    assert "photos/aa.png: not a picture" in said
    assert said.endswith("1 picture of 3 enlarged; the same command does the others\ninterrupted\n")


def test_after_ctrl_c_it_says_which_network_it_chose(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("a.jpg", "b.jpg"):
        Image.fromarray(np.zeros((16, 16, 3), np.uint8)).save(name, quality=60)
    fail_at(monkeypatch, "b.jpg", KeyboardInterrupt())
    assert run("a.jpg", "b.jpg", "-o", "out") == 130
    said = capsys.readouterr().err
    assert "1 picture of 2 enlarged; the same command does the others; by the network photo: a JPEG of" in said


def test_killed_politely_it_leaves_nothing_half_written(photos, tmp_path, repository):
    """As by systemd and Docker."""
    Image.fromarray(np.zeros((1500, 1500, 3), np.uint8)).save(tmp_path / "heavy.png")
    command = [sys.executable, "-m", "srgan", "upscale", "heavy.png", "-o", "out", "--tile", "32"]
    environment = os.environ | {"PYTHONPATH": str(repository)}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as process:
        while not list((tmp_path / "out").glob(".*")):
            time.sleep(0.05)
        process.terminate()
        assert process.communicate(timeout=60)[1].endswith("interrupted\n")
    assert process.returncode == 130
    assert list((tmp_path / "out").iterdir()) == []


def test_an_interruption_that_a_library_lost_ends_all_after_a_tile(photos, model, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(interrupt, "_asked", True)
    assert run(photos, "-o", "out", "--model", model) == 130
    assert files(tmp_path / "out") == []
    assert run("photos", "-o", "out", "--model", model, "--watch") == 0
    assert capsys.readouterr().out.endswith("\n0 pictures enlarged into out\n")
    assert files(tmp_path / "out") == []


def test_a_watched_folder_may_go_and_come_back(photos, model, monkeypatch, capsys):
    """As one that is mounted; it is said once."""

    def arrivals(pairs, _):
        photos.rename("away")
        assert not list(pairs())
        assert not list(pairs())
        Path("away").rename(photos)
        yield from pairs()
        raise KeyboardInterrupt

    monkeypatch.setattr(watch, "arrivals", arrivals)
    assert run("photos", "-o", "out", "--model", model, "--watch") == 0
    shown = capsys.readouterr()
    assert shown.err.count("error: photos: no such file or folder") == 1
    assert "photos/a.png -> out/a.png\n" in shown.out
