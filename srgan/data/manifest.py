"""The manifest of a folder of shards, and checks of the folder against it."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from srgan.digest import digest
from srgan.errors import UserError

FORMAT = 1  # version of shards and manifest; changes with their meaning
MANIFEST = "manifest.json"
REMEDY = "run `dvc repro -f patches` to cut it again"


def read_manifest(folder: Path | str) -> dict[str, Any]:
    """Read the manifest of a folder of shards, and check that all shards exist and have the right size.

    Args:
        folder: shards and manifest, made by `srgan.patches.cut`.

    Returns:
        The manifest that `cut` returned.

    Raises:
        UserError: no manifest, one of another format, or a shard that is missing or of another size.
    """
    path = Path(folder) / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        known = manifest["format"] == FORMAT
        sizes = {Path(folder) / shard["file"]: shard["bytes"] for shard in manifest["shards"]}
        whole = 0 < manifest["count"] == sum(shard["count"] for shard in manifest["shards"])
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; run `dvc repro patches` to cut the photographs") from None
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise UserError(f"{path}: not a manifest of shards ({error!r}); {REMEDY}") from None
    if not known:
        raise UserError(f"{path}: format {manifest['format']}, not {FORMAT}; {REMEDY}")
    if not whole:
        raise UserError(f"{path}: its counts do not add up; {REMEDY}")
    for file, size in sizes.items():
        if not file.is_file():
            raise UserError(f"{file}: the shard is missing; {REMEDY}")
        if (found := file.stat().st_size) != size:
            raise UserError(f"{file}: the shard has {found} bytes, not {size}; {REMEDY}")
    return manifest


def verify(folder: Path | str) -> dict[str, Any]:
    """Read every shard once and compare it with the manifest.

    Args:
        folder: shards and manifest, made by `srgan.patches.cut`.

    Returns:
        The manifest.

    Raises:
        UserError: as `read_manifest`, or a shard has another sha256.
    """
    manifest = read_manifest(folder)

    files = [Path(folder) / shard["file"] for shard in manifest["shards"]]
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # hashlib releases the interpreter's lock while it computes
        for shard, found in zip(manifest["shards"], pool.map(digest, files), strict=True):
            if found != shard["sha256"]:
                raise UserError(f"{Path(folder) / shard['file']}: the shard is damaged (sha256); {REMEDY}")
    return manifest
