"""The exception whose message is written for the user."""


class UserError(Exception):
    """A mistake that the user can correct. The message says what was wrong, where, and what to do.

    Stages and the command line print it as one line, without a traceback, and exit with status 1.
    """
