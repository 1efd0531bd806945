"""The exceptions whose messages are written for the user."""


class UserError(Exception):
    """A mistake that the user can correct. The message says what was wrong, where, and what to do.

    Stages and the command line print it as one line, without a traceback, and exit with status 1.
    """


class UnwritableError(UserError):
    """An output cannot be written, usually for lack of space or permission."""
