"""Stores of runs that are a test's own."""

import shutil

import mlflow
import pytest
from mlflow import MlflowClient


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
