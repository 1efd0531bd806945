"""The data of runs, also where two name the same at once."""

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import BAD_REQUEST, INTERNAL_ERROR
from sqlalchemy.orm import Query

from srgan.tracking.datasets import dataset, log_datasets
from tests.tracking.stored import client


@pytest.fixture
def run_ids(store):
    """Two runs."""
    return [client().create_run("0").info.run_id for _ in range(2)]


def named(run_id):
    return [(each.dataset.name, each.dataset.digest) for each in client().get_run(run_id).inputs.dataset_inputs]


def test_the_data_of_two_runs_that_name_them_at_once(run_ids, monkeypatch):
    """By MLflow's own store: the other run's entry comes between its look for one and its insertion of its own."""
    data, answer, done = dataset("patches", "f" * 64, "sample"), Query.all, []

    def meanwhile(query):
        found = answer(query)
        if not done and "FROM datasets" in str(query):
            done.append(True)
            log_datasets(client(), run_ids[1], [data])
        return found

    monkeypatch.setattr(Query, "all", meanwhile)
    log_datasets(client(), run_ids[0], [data])
    assert done
    assert [named(run_id) for run_id in run_ids] == [[("patches", "f" * 36)]] * 2


@pytest.mark.parametrize(("code", "attempts"), [(BAD_REQUEST, 2), (INTERNAL_ERROR, 1)])
def test_what_is_refused_again_or_not_answered_is_an_error(monkeypatch, code, attempts):
    asked = []

    def refuse(*_):
        asked.append(True)
        raise MlflowException("no", error_code=code)

    monkeypatch.setattr(MlflowClient, "log_inputs", refuse)
    with pytest.raises(MlflowException):
        log_datasets(MlflowClient("sqlite://"), "1", [dataset("patches", "f", "sample")])
    assert len(asked) == attempts
