"""The one exception a user is meant to read."""


class UserError(Exception):
    """Something the user can put right. The message says what was wrong, where, and what to do.

    Stages and the command line print it as one line, without a traceback, and exit with status 1.
    """
