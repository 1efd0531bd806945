"""A network as a model in MLflow: what it takes and gives, an example, and what it needs."""

from __future__ import annotations

import base64
import io
import logging
import warnings
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import LoggedModelStatus
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema
from PIL import Image

from srgan.tracking.store import experiment_id

logging.getLogger("mlflow.pyfunc").setLevel(logging.WARNING)  # it says that it looks at the example

COLUMN = "image"
SIGNATURE = ModelSignature(inputs=Schema([ColSpec("string", COLUMN)]), outputs=Schema([ColSpec("string", COLUMN)]))


def log_network(client: MlflowClient, run_id: str, folder: Path) -> str:
    """Store a trained generator so that MLflow can load and serve it: an image in, an image out, as base64 PNG.

    Args:
        client: of the store.
        run_id: the run, which has one model at most.
        folder: of the network.

    Returns:
        The model's URI; of the one that is there, if the run has one.
    """
    for model in client.search_logged_models([experiment_id(client)], f"source_run_id = '{run_id}'"):
        if model.status == LoggedModelStatus.READY:
            return model.model_uri
        client.delete_logged_model(model.model_id)  # an attempt has left it half done
    package = Path(__file__).resolve().parents[1]
    # Named here, because MLflow would find them by running the model in a process of its own, for seconds.
    lines = (package.parent / "requirements-upscale.txt").read_text(encoding="utf-8").splitlines()
    requirements = [line.partition("#")[0].strip() for line in lines if line[:1].isalpha()] + ["pandas"]
    # Its system metrics are logged already.
    with mlflow.start_run(run_id=run_id, log_system_metrics=False), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Operation with range")  # of pandas: what MLflow does with an example
        return mlflow.pyfunc.log_model(
            name="model",
            python_model=str(package / "tracking" / "mlflow_model.py"),
            artifacts={"network": str(folder)},
            code_paths=[str(package)],
            signature=SIGNATURE,
            input_example=input_example(),
            pip_requirements=requirements,
        ).model_uri


def input_example() -> pd.DataFrame:
    """A small picture as the model takes it: 24 x 16 pixels, red from left to right and green from top to bottom."""
    red, green = np.meshgrid(np.linspace(40, 215, 24), np.linspace(40, 215, 16))
    pixels = np.stack([red, green, np.full_like(red, 128)], axis=2).round().astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format="PNG")
    return pd.DataFrame({COLUMN: [base64.b64encode(file.getvalue()).decode()]})
