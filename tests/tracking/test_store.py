"""Which store runs go to, and the one experiment in it."""

import pytest
from mlflow import MlflowClient

from srgan.commands.networks import find_network
from srgan.errors import UserError
from srgan.tracking import runs
from srgan.tracking.store import EXPERIMENT, store_uri, without_password
from tests.tracking.stored import client, history


def test_the_default_store_is_in_the_original_repository(store, monkeypatch, tmp_path_factory):
    monkeypatch.chdir(tmp_path_factory.mktemp("temporary copy"))
    assert store_uri() == f"sqlite:///{store}/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///runs/mine.db")
    assert store_uri() == f"sqlite:///{store}/runs/mine.db"
    for uri in ("http://127.0.0.1:5000", "sqlite:////absolute/mlflow.db"):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        assert store_uri() == uri


@pytest.mark.parametrize(
    "uri",
    [
        "mlruns",
        "./runs",
        "/srv/runs",
        "file:///srv/runs",
        "foo",
        "htp://x",
        "localhost:5000",
        "127.0.0.1:5000",
        "http:/x",
        "http://",
        "sqlite",
        "sqlite:a.db",
        "sqlite://",
        "sqlite:///",
        "postgres://a@b/c",
        "http://[::1",
    ],
)
def test_what_no_store_can_be_reached_by_is_refused_before_anything_is_trained(store, monkeypatch, uri):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    trained = []
    with pytest.raises(UserError) as refused, runs.run("gan", {}, {}):
        trained.append(uri)
    assert str(refused.value).startswith(f"MLFLOW_TRACKING_URI: {uri!r} is no store of MLflow's; set it to a server's")
    assert trained == []
    with pytest.raises(UserError, match="MLFLOW_TRACKING_URI"):
        find_network("models:/srgan-x4@champion")


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:5000",
        "HTTPS://example.org/mlflow",
        "postgresql+psycopg://a:b@c/d",
        "postgresql:///d",
        "mysql://a/b",
        "mssql+pyodbc://a/b",
        "databricks",
        "databricks://profile",
    ],
)
def test_what_a_store_may_be_reached_by(monkeypatch, uri):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    assert store_uri() == uri


@pytest.mark.parametrize("uri", ["mlruns", "file:///srv/runs"])
def test_a_folder_is_a_store_where_mlflow_is_told_to_take_one(monkeypatch, uri):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    assert store_uri() == uri


def test_an_empty_variable_is_none(store, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")
    assert store_uri() == f"sqlite:///{store}/mlflow.db"


def test_another_machine_makes_the_experiment_at_the_same_moment(store, monkeypatch, recwarn):
    """It is not there when this one looks, and there when this one makes it."""
    found, looks = MlflowClient.get_experiment_by_name, []
    client().create_experiment(EXPERIMENT)

    def late(self, name):
        looks.append(name)
        return None if len(looks) == 1 else found(self, name)

    monkeypatch.setattr(MlflowClient, "get_experiment_by_name", late)
    with runs.run("gan", {}, {}) as run:
        run.log({"loss": 1.0}, 10)
    assert history(run.id, "loss") == [(10, 1.0)]
    assert [str(warning.message) for warning in recwarn if "does not answer" in str(warning.message)] == []


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("postgresql://team:s3cr:t@db:5432/runs", "postgresql://team:***@db:5432/runs"),
        ("postgresql+psycopg://team:a/b@c@db/runs", "postgresql+psycopg://team:***@db/runs"),
        ("https://team:s3cret@example.org/mlflow", "https://team:***@example.org/mlflow"),
        ("https://team@example.org/mlflow", "https://team@example.org/mlflow"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("sqlite:////home/me/mlflow.db", "sqlite:////home/me/mlflow.db"),
    ],
)
def test_no_message_shows_a_password(store, monkeypatch, uri, shown):
    assert without_password(uri) == shown
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"x{uri}")
    with pytest.raises(UserError) as refused:
        store_uri()
    assert f"'x{shown}'" in str(refused.value)
