"""The path of the repository, also for a stage that DVC runs in a temporary copy of it."""

import os
from pathlib import Path


def project_root() -> Path:
    """The repository's root: DVC_ROOT where DVC runs the stage, else the current directory.

    DVC runs queued and `--temp` experiments in a copy that it deletes, and sets DVC_ROOT to the original. The MLflow
    store and the checkpoints must outlive the copy, and the user's relative paths mean the original, so both are there.
    """
    return Path(os.environ.get("DVC_ROOT") or Path.cwd()).resolve()
