"""Pictures and networks in MLflow's store, each once: an attempt may fail when the store already has half of it."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.entities import LoggedModelStatus
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema


class Pictures:
    """The pictures of one run.

    Args:
        none_yet: the run is new; else the store is asked which it has.
    """

    def __init__(self, none_yet: bool):
        self._stored: set[tuple[str, int]] | None = set() if none_yet else None  # (key, step); None: not known

    def log(self, client: MlflowClient, run_id: str, key: str, image: np.ndarray, step: int) -> None:
        """Store a picture, uint8 (H, W, 3), unless the store has one of this key and step."""
        key = re.sub(r"[^A-Za-z0-9_. -]", "_", key)  # MLflow takes no others, and a photograph's name may have them
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


def log_network(client: MlflowClient, experiment_id: str, run_id: str, folder: Path) -> str:
    """Store a trained generator so that MLflow can load and serve it: an image in, an image out, as base64 PNG.

    Args:
        client: of the store.
        experiment_id: of the run.
        run_id: the run, which has one model at most.
        folder: of the network.

    Returns:
        The model's URI; of the one that is there, if the run has one.
    """
    for model in client.search_logged_models([experiment_id], f"source_run_id = '{run_id}'"):
        if model.status == LoggedModelStatus.READY:
            return model.model_uri
        client.delete_logged_model(model.model_id)  # an attempt has left it half done
    package = Path(__file__).resolve().parents[1]
    signature = ModelSignature(
        inputs=Schema([ColSpec("string", "image")]), outputs=Schema([ColSpec("string", "image")])
    )
    # Named here, because MLflow would find them by running the model in a process of its own, for seconds.
    lines = (package.parent / "requirements-upscale.txt").read_text(encoding="utf-8").splitlines()
    requirements = [line.partition("#")[0].strip() for line in lines if line[:1].isalpha()] + ["pandas"]
    with mlflow.start_run(run_id=run_id), warnings.catch_warnings():
        # The signature above is exact; an example would only be a second way to say it.
        warnings.filterwarnings("ignore", ".*input example")
        return mlflow.pyfunc.log_model(
            name="model",
            python_model=str(package / "tracking" / "serving.py"),
            artifacts={"network": str(folder)},
            code_paths=[str(package)],
            signature=signature,
            pip_requirements=requirements,
        ).model_uri
