"""Where runs are stored: which store, the one experiment in it, and what is searched for there."""

from __future__ import annotations

import os

from filelock import FileLock
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.exceptions import MlflowException

from srgan.root import project_root

EXPERIMENT = "srgan"


def store_uri() -> str:
    """Where runs go: MLFLOW_TRACKING_URI, else an SQLite file in the repository.

    DVC runs experiments in temporary copies of the repository, which it deletes: a relative SQLite path is taken from
    the original's root.
    """
    uri = os.environ.get("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")
    if uri.startswith("sqlite:///") and not uri.startswith("sqlite:////"):
        return f"sqlite:///{project_root() / uri.removeprefix('sqlite:///')}"
    return uri


def store_lock() -> FileLock:
    """What a process holds while it makes what all share: a fresh store's tables, the experiment, a pipeline's run."""
    return FileLock(project_root() / "mlflow.lock")


def experiment_id(client: MlflowClient) -> str:
    """The id of the experiment, made if need be, with artifacts beside an SQLite store."""
    if found := client.get_experiment_by_name(EXPERIMENT):
        return found.experiment_id
    artifacts = (project_root() / "mlartifacts").as_uri() if store_uri().startswith("sqlite:") else None
    try:
        return client.create_experiment(EXPERIMENT, artifact_location=artifacts)
    except MlflowException:
        if found := client.get_experiment_by_name(EXPERIMENT):
            return found.experiment_id  # another machine was faster
        raise


def tagged_runs(client: MlflowClient, key: str, value: str) -> list[Run]:
    """The runs with a tag, the oldest first; none that was deleted."""
    order = ["attributes.start_time ASC", "attributes.run_id ASC"]
    return list(client.search_runs([experiment_id(client)], f"tags.`{key}` = '{value}'", order_by=order))


def is_there(client: MlflowClient, run_id: str) -> bool:
    """Whether the store has a run, and nobody has deleted it."""
    try:
        return client.get_run(run_id).info.lifecycle_stage == "active"
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        return False
