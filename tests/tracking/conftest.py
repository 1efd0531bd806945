"""Stores of runs that are a test's own."""

import shutil
import warnings

import mlflow
import pytest
from mlflow import MlflowClient

from srgan.params import load_params
from tests.tracking.piped import git


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory):
    """A fresh SQLite store with its tables made, to be copied: making them takes seconds."""
    folder = tmp_path_factory.mktemp("store")
    mlflow.set_tracking_uri(f"sqlite:///{folder / 'mlflow.db'}")
    MlflowClient().search_experiments()
    return folder / "mlflow.db"


@pytest.fixture
def store(tmp_path, monkeypatch, empty_store):
    """A project folder whose store is its own."""
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)  # MLflow itself sets it, for its child processes
    shutil.copy(empty_store, tmp_path / "mlflow.db")
    return tmp_path


@pytest.fixture
def project(store, repository, monkeypatch):
    """A committed project with the pipeline and its settings; of the code there is one module."""
    for name in ("dvc.yaml", "params.yaml", "stages/gan.py"):
        (store / name).parent.mkdir(exist_ok=True)
        shutil.copy(repository / name, store / name)
    monkeypatch.chdir(store)
    git(store, "init --quiet")
    git(store, "add dvc.yaml params.yaml stages")
    git(store, "-c user.name=a -c user.email=a@b commit --quiet --message=start")
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "MLflow")  # that something could not be logged
        yield store


@pytest.fixture(scope="module")
def rule(repository):
    return load_params(repository / "params.yaml").evaluate.model_copy(update={"register": "gan"})
