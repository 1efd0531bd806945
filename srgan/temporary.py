"""A folder for files that a library reads and nobody keeps."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from srgan.errors import UnwritableError


@contextmanager
def temporary_folder(purpose: str) -> Iterator[Path]:
    """A folder in the system's place for temporary files, deleted at the end.

    Args:
        purpose: what it is needed for, for the message.

    Raises:
        UnwritableError: there is no such place, or what is written there does not fit.
    """
    try:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
    except OSError as error:
        place = tempfile.tempdir or "the folder for temporary files"  # unset where there is none
        raise UnwritableError(
            f"{place}: cannot be written ({error.strerror or error}), and {purpose} needs room there; free some "
            "space, or name another folder in the environment variable TMPDIR"
        ) from error
