"""Pictures in MLflow's store, each once: an attempt may fail when the store already has half of one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from mlflow import MlflowClient

from srgan.tracking.naming import mlflow_name


class Pictures:
    """The pictures of one run.

    Args:
        none_yet: the run is new; else the store is asked which it has.
    """

    def __init__(self, none_yet: bool):
        self._stored: set[tuple[str, int]] | None = set() if none_yet else None  # (key, step); None: not known

    def log(self, client: MlflowClient, run_id: str, key: str, image: np.ndarray, step: int) -> None:
        """Store a picture, uint8 (H, W, 3), unless the store has one of this key and step."""
        key = mlflow_name(key).replace("/", "_")  # it is a part of the files' names
        if self._stored is None:
            self._stored = _stored_pictures(client, run_id)
        if (key, step) not in self._stored:
            stored, self._stored = self._stored, None  # should this fail, the store may have it or not
            client.log_image(run_id, image, key=key, step=step)
            self._stored = stored | {(key, step)}


def _stored_pictures(client: MlflowClient, run_id: str) -> set[tuple[str, int]]:
    """The pictures that the store has, by the names that MLflow gives their files."""
    names = [Path(item.path).name for item in client.list_artifacts(run_id, "images")]
    # The small copy is written second, and the tag by which MLflow's pages show pictures after it.
    found = {
        (key, int(rest.partition("+")[0]))
        for key, _, rest in (name.partition("+step+") for name in names if name.endswith("+compressed.webp"))
    }
    if found:
        client.set_tag(run_id, "mlflow.loggedImages", "True")
    return found
