"""Which stages dvc.lock is not of, and what changed: python -m tools.stale, where `make check-lock` fails.

`dvc status` also lists all data that a clone does not have; these are left out. Without a change the status is 1.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from srgan.pipeline import CODE


def main() -> None:
    """Print the stages."""
    done = subprocess.run(["dvc", "status", "--json"], capture_output=True, text=True, check=False)
    status = json.loads(done.stdout) if done.returncode == 0 else {}
    lines = [f"  {stage}: {', '.join(names)}" for stage, entries in status.items() if (names := [*changed(entries)])]
    if not lines:
        sys.exit(1)
    print("Code, settings or inputs have changed since dvc.lock was written:", *lines, sep="\n")
    print("Run `dvc repro`, which runs these stages and those that need them, and commit dvc.lock and results/.")


def changed(entries: Sequence[str | Mapping[str, Mapping[str, Any]]]) -> Iterator[str]:
    """The files, folders and settings of a stage that are not those of dvc.lock.

    Args:
        entries: what `dvc status` says of the stage: "changed command", or kind -> path -> state, where the state of a
            file of settings is setting -> state.
    """
    for entry in entries:
        if isinstance(entry, str):
            yield entry
            continue
        for paths in entry.values():
            for path, state in paths.items():
                if isinstance(state, Mapping):
                    yield from state
                elif state in ("modified", "new") or path.startswith(CODE):  # else a clone does not have it
                    yield path


if __name__ == "__main__":
    main()
