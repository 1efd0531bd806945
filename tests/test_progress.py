"""What is shown of a run: lines in a log, a bar on a terminal, nothing of a worker that is not the chief."""

import sys

import pytest

from srgan import progress as module
from srgan.progress import Progress


@pytest.fixture
def clock(monkeypatch):
    """A function that lets so many seconds pass."""
    now = [1000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])

    def wait(seconds):
        now[0] += seconds

    return wait


def advance(progress, count):
    for _ in range(count):
        progress.advance()


def test_a_log_gets_a_line_every_ten_seconds_and_one_at_the_end(clock, capsys):
    progress = Progress("gan", 40)
    for seconds, iterations, loss in ((4, 8, 0.5), (6, 12, 0.25), (5, 10, 0.125), (1, 10, 1 / 3)):
        clock(seconds)
        advance(progress, iterations)
        progress.report({"loss": loss})
    progress.close()
    lines = capsys.readouterr()
    assert lines.out.splitlines() == [
        "gan  20/40  2.00 it/s  0:10 left  loss 0.25",
        "gan  40/40  2.50 it/s  0:00 left  loss 0.3333",
    ]
    assert lines.err == ""


def test_the_rate_of_a_run_that_goes_on_counts_what_this_process_did(clock, capsys):
    progress = Progress("pretrain", 10_000, start=9_000)
    clock(20)
    advance(progress, 5)
    progress.report({"loss": 1.0})
    assert capsys.readouterr().out == "pretrain  9005/10000  0.25 it/s  1:06:20 left  loss 1\n"  # 995 x 4 s


def test_figures_stay_until_they_are_known_anew(clock, capsys):
    progress = Progress("wgan", 2)
    advance(progress, 1)
    progress.report({"loss": 3.0, "psnr_y": 29.5})
    clock(1)
    advance(progress, 1)
    progress.report({"loss": 2.0})
    assert capsys.readouterr().out == "wgan  2/2  2.00 it/s  0:00 left  loss 2  psnr_y 29.5\n"


def test_a_terminal_gets_a_bar_and_no_lines(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    progress = Progress("vgg", 3, start=1)
    advance(progress, 2)
    progress.report({"loss": 0.5})
    progress.close()
    shown = capsys.readouterr()
    assert shown.out == ""
    last = shown.err.rpartition("\r")[2]
    assert "vgg: 100%" in last
    assert "3/3" in last
    assert "loss=0.5" in last


def test_who_is_not_shown_prints_nothing(clock, capsys):
    progress = Progress("gan", 1, shown=False)
    clock(100)
    advance(progress, 1)
    progress.report({"loss": 0.5})
    progress.close()
    assert capsys.readouterr() == ("", "")


def test_other_things_are_counted_in_their_units(clock, capsys):
    with Progress("evaluate set5", 5, unit="picture") as pictures, Progress("a.zip", 3_000_000, unit="B") as download:
        clock(4)
        pictures.advance()
        download.advance(1_000_000)
        pictures.report()
        clock(6)
        download.report()
        pictures.advance(4)
        pictures.report()
    assert capsys.readouterr().out.splitlines() == [
        "a.zip  1.00M/3.00M  100kB/s  0:20 left",
        "evaluate set5  5/5  0.50 picture/s  0:00 left",
    ]
