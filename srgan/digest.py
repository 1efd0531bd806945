"""Digests of files."""

from __future__ import annotations

import hashlib
from pathlib import Path


def digest(path: Path, algorithm: str = "sha256") -> str:
    """The digest of a file, in hexadecimal.

    Args:
        path: the file.
        algorithm: one of hashlib's; DVC's is md5.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()
