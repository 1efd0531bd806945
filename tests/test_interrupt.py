"""Ctrl-C and SIGTERM: raised at once, and again where that was lost, or asked of a training; some are ignored."""

import os
import signal
import sys

import pytest

from srgan import interrupt


@pytest.fixture(autouse=True)
def handlers(monkeypatch):
    monkeypatch.setattr(interrupt, "_asked", False)
    monkeypatch.setattr(sys, "unraisablehook", sys.__unraisablehook__)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_that_was_lost_comes_again(number):
    signal.signal(number, signal.default_int_handler)
    interrupt.watch()
    interrupt.check()
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), number)
    with pytest.raises(KeyboardInterrupt):
        interrupt.check()


def test_one_that_is_lost_in_a_callback_is_not_printed_and_other_errors_are(monkeypatch, capsys):
    signal.signal(signal.SIGINT, signal.default_int_handler)
    interrupt.watch()

    class Broken:
        def __del__(self):
            os.kill(os.getpid(), signal.SIGINT)

    class Other:
        def __del__(self):
            raise ValueError("seen")

    for kind in (Broken, Other):
        kind()
    said = capsys.readouterr().err
    assert "KeyboardInterrupt" not in said
    assert "ValueError: seen" in said


def test_what_is_ignored_stays_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    interrupt.watch()
    os.kill(os.getpid(), signal.SIGINT)
    interrupt.check()


def test_the_second_signal_acts_at_once_also_if_it_is_the_other(capfd):
    """SIGTERM from a cluster, then Ctrl-C from somebody without patience."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with pytest.raises(KeyboardInterrupt), interrupt.StopSignals("stops") as stopping:
        os.kill(os.getpid(), signal.SIGTERM)
        assert stopping.requested
        os.kill(os.getpid(), signal.SIGINT)
    assert capfd.readouterr().err == "\nstops\n"


@pytest.mark.parametrize("started_by_dvc", [True, False])
def test_a_training_stops_when_the_dvc_that_started_it_was_killed(monkeypatch, started_by_dvc):
    """Started by hand under nohup it goes on when the shell has ended."""
    monkeypatch.delenv("DVC_STAGE", raising=False)
    if started_by_dvc:
        monkeypatch.setenv("DVC_STAGE", "gan")
    with interrupt.StopSignals("stops") as stopping:
        assert not stopping.requested
        monkeypatch.setattr(os, "getppid", lambda: 1)
        assert stopping.requested == started_by_dvc


def test_a_training_does_not_stop_at_a_signal_that_is_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with interrupt.StopSignals("stops") as stopping:
        os.kill(os.getpid(), signal.SIGINT)
        assert not stopping.requested
