"""Where runs are stored: which store, the one experiment in it, and what is searched for there."""

from __future__ import annotations

import os
import re
from importlib.metadata import entry_points
from urllib.parse import urlsplit

from filelock import FileLock
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.environment_variables import MLFLOW_ALLOW_FILE_STORE
from mlflow.exceptions import MlflowException

from srgan.errors import UserError
from srgan.root import project_root

EXPERIMENT = "srgan"
VARIABLE = "MLFLOW_TRACKING_URI"
DEFAULT = "sqlite:///mlflow.db"
DATABASES = ("postgresql", "mysql", "mssql")  # beside SQLite
PLUGINS = "mlflow.tracking_store"  # where packages register stores of other kinds


def store_uri() -> str:
    """Where runs go: MLFLOW_TRACKING_URI, else an SQLite file in the repository.

    DVC runs experiments in temporary copies of the repository, which it deletes: a relative SQLite path is taken from
    the original's root.

    Raises:
        UserError: MLflow can reach no store by what the variable says.
    """
    uri = os.environ.get(VARIABLE) or DEFAULT
    if not _can_be_a_store(uri):
        raise UserError(
            f"{VARIABLE}: {without_password(uri)!r} is no store of MLflow's; set it to a server's address, as "
            f"http://127.0.0.1:5000, or to a database, as {DEFAULT}, or unset it "
            "(MLflow takes a folder only with MLFLOW_ALLOW_FILE_STORE=true)"
        )
    if uri.startswith("sqlite:///") and not uri.startswith("sqlite:////"):
        return f"sqlite:///{project_root() / uri.removeprefix('sqlite:///')}"
    return uri


def without_password(uri: str) -> str:
    """A store's address as messages show it, which end in logs that more people read."""
    return re.sub(r"(?<=://)([^/@:]*):.*@", r"\1:***@", uri)


def _can_be_a_store(uri: str) -> bool:
    """Whether the form is one that MLflow or a plugin of it takes; it says nothing of whether the store answers."""
    try:
        scheme, host, path, *_ = urlsplit(uri)
    except ValueError:  # a bracket that nothing closes, as of an IPv6 address
        return False
    if scheme in ("http", "https"):
        return bool(host)
    if scheme == "sqlite":
        return uri.startswith("sqlite:///") and path not in ("", "/")
    if scheme.partition("+")[0] in DATABASES:
        return "://" in uri  # without a host it is a socket
    if uri == "databricks" or scheme in ("databricks", *(plugin.name for plugin in entry_points(group=PLUGINS))):
        return True
    return scheme in ("", "file") and MLFLOW_ALLOW_FILE_STORE.get()


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
