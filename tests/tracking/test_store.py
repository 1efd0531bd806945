"""Which store runs go to, and the one experiment in it."""

from mlflow import MlflowClient

from srgan.tracking import runs
from srgan.tracking.store import EXPERIMENT, store_uri
from tests.tracking.stored import client, history


def test_the_default_store_is_in_the_original_repository(store, monkeypatch, tmp_path_factory):
    monkeypatch.chdir(tmp_path_factory.mktemp("temporary copy"))
    assert store_uri() == f"sqlite:///{store}/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///runs/mine.db")
    assert store_uri() == f"sqlite:///{store}/runs/mine.db"
    for uri in ("http://127.0.0.1:5000", "sqlite:////absolute/mlflow.db"):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        assert store_uri() == uri


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
