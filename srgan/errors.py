"""The exceptions whose messages are written for the user."""

from __future__ import annotations

from pathlib import Path


class UserError(Exception):
    """A mistake that the user can correct. The message says what was wrong, where, and what to do.

    Stages and the command line print it as one line, without a traceback, and exit with status 1.
    """


class UnreadableError(UserError):
    """A picture cannot be read.

    Args:
        path: its file.
        what: what is wrong with it, for somebody who knows nothing of this program.
        why: how a decoder puts it.
        advice: what to do.
    """

    def __init__(self, path: Path, what: str, why: str, advice: str = ""):
        super().__init__(path, what, why, advice)
        self.what = what

    def __str__(self) -> str:
        path, what, why, advice = self.args
        return f"{path}: {what} ({why})" + (f"; {advice}" if advice else "")


class UnwritableError(UserError):
    """An output cannot be written, usually for lack of space or permission."""
