"""Ctrl-C and SIGTERM for the commands: what is half-written is deleted before the end.

Python raises KeyboardInterrupt wherever it is. If that is a library's callback, as libvips' for its log, the exception
is printed and lost. So who works for long asks from time to time.
"""

from __future__ import annotations

import signal

_asked = False


def watch() -> None:
    """Let both signals raise KeyboardInterrupt; one that is ignored, as under nohup, stays so."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _ask)


def check() -> None:
    """Raise the KeyboardInterrupt that may have been lost."""
    if _asked:
        raise KeyboardInterrupt


def _ask(*_: object) -> None:
    global _asked  # noqa: PLW0603  (as the signals, it is the process')
    _asked = True
    raise KeyboardInterrupt
