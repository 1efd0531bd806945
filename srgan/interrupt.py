"""Ctrl-C and SIGTERM: commands stop at once and delete what is half-written; a training stops after its iteration.

In a command, Python raises KeyboardInterrupt wherever the code is. In a library's callback, such as libvips' for its
log, the exception is printed and lost. So code that works for long calls `check` from time to time.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from types import FrameType

STDERR = 2  # the file descriptor
_asked = False


def watch() -> None:
    """Let both signals raise KeyboardInterrupt; one that is ignored, as under nohup, stays so."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _ask)
    sys.unraisablehook = _without_interruptions


def check() -> None:
    """Raise the KeyboardInterrupt that may have been lost."""
    if _asked:
        raise KeyboardInterrupt


def _without_interruptions(lost: sys.UnraisableHookArgs) -> None:
    """Print what a callback could not raise, but no KeyboardInterrupt: `check` raises that again."""
    if not (_asked and isinstance(lost.exc_value, KeyboardInterrupt)):
        sys.__unraisablehook__(lost)


def _ask(*_: object) -> None:
    global _asked  # noqa: PLW0603  (signals belong to the process, and so does this)
    _asked = True
    raise KeyboardInterrupt


class StopSignals:
    """Turns the first SIGTERM or SIGINT into a request that a training obeys after its iteration, and prints a notice.

    The end of the DVC that started the stage is such a request, too: it would start the stage again while this one goes
    on and writes the same files. DVC does not pass a SIGTERM on.

    A signal that is ignored stays so, as SIGINT in a script's background. A second signal acts at once.

    Args:
        notice: what is printed at the first signal.
    """

    def __init__(self, notice: str) -> None:
        self.notice = notice
        self._signalled = False
        self._parent = os.getppid() if "DVC_STAGE" in os.environ else None

    @property
    def requested(self) -> bool:
        """Whether a signal has come, or DVC has gone."""
        return self._signalled or self._parent not in (None, os.getppid())

    def __enter__(self) -> StopSignals:
        heard = [number for number in (signal.SIGTERM, signal.SIGINT) if signal.getsignal(number) != signal.SIG_IGN]
        self.before = {number: signal.signal(number, self._ask) for number in heard}
        return self

    def __exit__(self, *_: object) -> None:
        self._as_before()

    def _as_before(self) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def _ask(self, _number: int, _: FrameType | None) -> None:
        self._signalled = True
        self._as_before()  # a second signal, of either kind, acts at once
        with suppress(OSError):  # stderr may be closed; os.write, because print itself may have been interrupted
            os.write(STDERR, f"\n{self.notice}\n".encode())
