"""A run's pictures: each is there once, whatever failed."""

import numpy as np
import pytest
from mlflow import MlflowClient

from srgan.tracking import outbox, runs
from tests.tracking.stored import client, history


@pytest.fixture
def fails_once(monkeypatch):
    """A function that has the store do as MlflowClient's method says, and not answer the first time."""
    monkeypatch.setattr(outbox, "FIRST_PAUSE", 0.0)

    def arrange(name):
        method, calls = getattr(MlflowClient, name), []

        def failing(self, *arguments, **options):
            calls.append(name)
            if len(calls) == 1:
                raise ConnectionError("gone")
            return method(self, *arguments, **options)

        monkeypatch.setattr(MlflowClient, name, failing)

    return arrange


def pictures(run_id):
    """The key and the step of every picture that the store has, as often as it has it; and how many small copies."""
    names = [item.path.removeprefix("images/") for item in client().list_artifacts(run_id, "images")]
    return sorted(tuple(name.split("+")[:3:2]) for name in names if name.endswith(".png")), len(names) // 2


def test_a_picture_that_was_half_logged_is_there_once(store, fails_once):
    """MLflow stores the files first; the tag that says that there are pictures fails."""
    with pytest.warns(UserWarning, match="does not answer"), runs.run("gan", {}, {}) as run:
        fails_once("set_tag")
        run.log_image("chelsea", np.zeros((4, 5, 3), np.uint8), step=10)
    assert pictures(run.id) == ([("chelsea", "10")], 1)
    assert client().get_run(run.id).data.tags["mlflow.loggedImages"] == "True"


def test_a_picture_whose_row_a_crash_has_lost_is_there_once(store):
    picture = np.zeros((4, 5, 3), np.uint8)
    crashed = runs.Run("gan")
    crashed.log_image("chelsea", picture, step=10)
    with runs.run("gan", {}, {}, run_id=crashed.id) as again:
        for step in (10, 20):
            again.log_image("chelsea", picture, step)
            again.log({"loss": 1.0}, step)
    assert pictures(crashed.id) == ([("chelsea", "10"), ("chelsea", "20")], 2)


def test_a_picture_of_any_name_is_logged(store):
    with runs.run("gan", {}, {}) as run:
        run.log_image("été+step+3 (1)", np.zeros((4, 5, 3), np.uint8), step=10)
        run.log({"loss": 1.0}, 10)
        run.log_image("猫/gan", np.zeros((4, 5, 3), np.uint8), step=10)
        run.log_image("狗/gan", np.zeros((4, 5, 3), np.uint8), step=10)
    found, copies = pictures(run.id)
    assert [(key.rpartition("-")[0], step) for key, step in found] == [("__gan", "10")] * 2 + [("_t_ step 3 _1_", "10")]
    assert copies == 3
    assert history(run.id, "loss") == [(10, 1.0)]
