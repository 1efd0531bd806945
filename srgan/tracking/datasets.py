"""The data of a run, by their digests: runs on the same data can be compared."""

from __future__ import annotations

from collections.abc import Sequence

from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput
from mlflow.exceptions import MlflowException

from srgan.tracking.outbox import REFUSALS

LONGEST_DIGEST = 36  # of MLflow


def dataset(name: str, digest: str, source: str) -> Dataset:
    """What is said of some data: their name, their digest, and where they came from."""
    return Dataset(name=name, digest=digest[:LONGEST_DIGEST], source_type="local", source=source)


def log_datasets(client: MlflowClient, run_id: str, datasets: Sequence[Dataset]) -> None:
    """Name the data of a run.

    Of two runs that name the same data at the same moment, for the first time in an experiment, MLflow refuses one,
    because both make the entry. Then it is there, and the second attempt finds it.
    """
    inputs = [DatasetInput(each) for each in datasets]
    try:
        client.log_inputs(run_id, inputs)
    except MlflowException as error:
        if error.error_code not in REFUSALS:
            raise
        client.log_inputs(run_id, inputs)
