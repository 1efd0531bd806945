"""MLflow: what is logged is there, and nothing is logged twice."""

import math
import shutil

import numpy as np
import pytest
from mlflow import MlflowClient

from srgan.tracking import runs
from tests.tracking.stored import client, history


def test_a_run_with_all_that_is_logged(store):
    params = {"seed": 1, "gan": {"lr": 5e-6}}
    with runs.run("gan", params, {"init_sha256": "abc"}) as run:
        run.log({"loss": 0.5}, step=25)
        run.log_image("chelsea", np.zeros((4, 5, 3), np.uint8), step=50)
        run.log({"loss": 0.25, "psnr_y": math.inf}, step=50)
        run.log_dataset("patches", "f" * 64, "sample")
        (store / "table.md").write_text("table")
        run.log_file(store / "table.md")
    found = client().get_run(run.id)
    assert found.info.status == "FINISHED"
    assert found.info.run_name == "gan"
    assert found.data.params == {"seed": "1", "gan.lr": "5e-06"}
    assert found.data.tags["stage"] == "gan"
    assert found.data.tags["init_sha256"] == "abc"
    assert history(run.id, "loss") == [(25, 0.5), (50, 0.25)]
    assert history(run.id, "psnr_y")[0][1] > 1e300  # a store has no infinity
    assert found.inputs.dataset_inputs[0].dataset.digest == "f" * 36
    paths = {item.path for item in client().list_artifacts(run.id)}
    assert {"images", "table.md"} <= paths
    assert (store / "mlartifacts").is_dir()  # beside the store, not in a folder that DVC deletes


def test_an_error_fails_the_run_and_an_interruption_kills_it(store):
    for error, status in ((ValueError, "FAILED"), (KeyboardInterrupt, "KILLED")):
        with pytest.raises(error), runs.run("gan", {}, {}) as run:
            raise error
        assert client().get_run(run.id).info.status == status


def test_an_interruption_before_the_first_figure_kills_it(store, monkeypatch):
    def interrupted(run, params):
        raise KeyboardInterrupt

    monkeypatch.setattr(runs.Run, "log_params", interrupted)
    opened = []
    with pytest.raises(KeyboardInterrupt), runs.run("gan", {}, {}, opened=opened.append):
        pass
    assert client().get_run(opened[0]).info.status == "KILLED"


def test_a_resumed_run_goes_on_without_a_step_twice_or_a_gap(store):
    opened = []
    with pytest.raises(KeyboardInterrupt), runs.run("gan", {"a": 1}, {}, opened=opened.append) as run:
        for step in (25, 50, 75):
            run.log({"loss": step / 100}, step)
        raise KeyboardInterrupt  # the last checkpoint was at 50
    assert opened == [run.id]
    with runs.run("gan", {"a": 1}, {}, run_id=run.id) as again:
        for step in (25, 50, 75, 100):  # the checkpoint's rows, then those done again
            again.log({"loss": step / 100}, step)
    assert again.id == run.id
    assert history(run.id, "loss") == [(25, 0.25), (50, 0.5), (75, 0.75), (100, 1.0)]
    assert client().get_run(run.id).info.status == "FINISHED"


def test_a_resumed_run_keeps_the_settings_it_has_and_takes_new_ones(store):
    """Such as the number of workers, which decides no result."""
    with runs.run("gan", {"patches": {"workers": -1}}, {}) as run:
        pass
    with runs.run("gan", {"patches": {"workers": 2, "size": 96}}, {}, run_id=run.id) as again:
        again.log({"loss": 0.5}, 10)
    assert client().get_run(run.id).data.params == {"patches.workers": "-1", "patches.size": "96"}
    assert history(run.id, "loss") == [(10, 0.5)]


def test_a_lost_store_is_filled_again_in_few_calls(store, monkeypatch):
    rows = [(step, {"loss": step / 1000, "psnr_y": 30.0}) for step in range(1, 1001)]
    calls, log_batch = [], MlflowClient.log_batch

    def counting(self, *arguments, **options):
        calls.append(len(options.get("metrics", ())))
        log_batch(self, *arguments, **options)

    with runs.run("gan", {}, {}) as run:
        run.log({"loss": 0.001, "psnr_y": 30.0}, 1)
        monkeypatch.setattr(MlflowClient, "log_batch", counting)
        run.log_rows(rows)
    assert history(run.id, "loss") == [(step, figures["loss"]) for step, figures in rows]
    assert sum(calls) == 2 * 999
    assert len(calls) <= 1000 / runs.ROWS_A_CALL + 1
    assert max(calls) <= 1000
    with runs.run("gan", {}, {}, run_id=run.id) as again:
        calls.clear()
        again.log_rows([*rows, (1001, {"loss": 2.0})])
    assert sum(calls) == 1
    assert len(history(run.id, "loss")) == 1001


@pytest.mark.parametrize("lost", ["deleted", "unknown", "another store"])
def test_a_lost_run_is_begun_anew(store, empty_store, monkeypatch, lost):
    with runs.run("gan", {}, {}) as run:
        run.log({"loss": 1.0}, 25)
    run_id = run.id
    if lost == "deleted":
        client().delete_run(run_id)
    elif lost == "unknown":
        run_id = "0" * 32
    else:
        (store / "new").mkdir()
        shutil.copy(empty_store, store / "new/mlflow.db")
        monkeypatch.setenv("DVC_ROOT", str(store / "new"))
        monkeypatch.delenv("MLFLOW_TRACKING_URI")
    with runs.run("gan", {}, {}, run_id=run_id) as again:
        again.log({"loss": 1.0}, 25)
    assert again.id != run_id
    assert history(again.id, "loss") == [(25, 1.0)]


def test_a_run_that_goes_on_is_running(store):
    with pytest.raises(KeyboardInterrupt), runs.run("gan", {}, {}) as run:
        raise KeyboardInterrupt
    assert client().get_run(run.id).info.status == "KILLED"
    with runs.run("gan", {}, {}, run_id=run.id):
        assert client().get_run(run.id).info.status == "RUNNING"
