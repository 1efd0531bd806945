"""MLflow: what is logged is there, nothing is logged twice, and no store can cost a run."""

import base64
import io
import math
import shutil
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import keras
import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from PIL import Image

from srgan.models.generator import build_generator
from srgan.models.upscaler import upscaler
from srgan.models.weights import load_generator, save_networks
from srgan.tracking import outbox, runs
from tests.tracking.server import free_port, tracking_server


def client():
    mlflow.set_tracking_uri(runs.store_uri())
    return MlflowClient()


def history(run_id, key):
    return [(metric.step, metric.value) for metric in client().get_metric_history(run_id, key)]


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


def test_the_default_store_is_in_the_original_repository(store, monkeypatch, tmp_path_factory):
    monkeypatch.chdir(tmp_path_factory.mktemp("temporary copy"))
    assert runs.store_uri() == f"sqlite:///{store}/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///runs/mine.db")
    assert runs.store_uri() == f"sqlite:///{store}/runs/mine.db"
    for uri in ("http://127.0.0.1:5000", "sqlite:////absolute/mlflow.db"):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        assert runs.store_uri() == uri


def test_an_error_fails_the_run_and_an_interruption_kills_it(store):
    for error, status in ((ValueError, "FAILED"), (KeyboardInterrupt, "KILLED")):
        with pytest.raises(error), runs.run("gan", {}, {}) as run:
            raise error
        assert client().get_run(run.id).info.status == status


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


def test_a_server_that_is_down_costs_a_warning_and_little_time(store, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{free_port()}")
    began = time.monotonic()
    with pytest.warns(UserWarning) as warned, runs.run("gan", {}, {}) as run:
        for step in range(100):
            run.log({"loss": 1.0}, step)
    messages = [str(warning.message) for warning in warned if "MLflow" in str(warning.message)]
    assert len(messages) == 2
    assert "does not answer" in messages[0]
    assert "training goes on" in messages[0]
    assert "entries of run gan were not logged" in messages[1]
    assert time.monotonic() - began < 60


def test_a_server_that_hangs_costs_a_bounded_wait(store, monkeypatch):
    """It takes the connection and never answers."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(50)
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{server.getsockname()[1]}")
        began = time.monotonic()
        with pytest.warns(UserWarning, match="does not answer"), runs.run("gan", {}, {}) as run:
            for step in range(100):
                run.log({"loss": 1.0}, step)
        assert time.monotonic() - began < 30


class Refusing(BaseHTTPRequestHandler):
    """Answers everything with 500."""

    def do_GET(self):
        self.send_error(500)

    do_POST = do_PATCH = do_PUT = do_GET  # noqa: N815

    def log_message(self, *arguments):
        pass


def test_a_server_that_answers_500_costs_a_warning_and_little_time(store, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{server.server_port}")
        began = time.monotonic()
        with pytest.warns(UserWarning) as warned, runs.run("gan", {}, {}) as run:
            for step in range(100):
                run.log({"loss": 1.0}, step)
        server.shutdown()
    messages = [str(warning.message) for warning in warned if "MLflow" in str(warning.message)]
    assert len(messages) == 2
    assert "does not answer" in messages[0]
    assert "500" in messages[0]
    assert time.monotonic() - began < 60


@pytest.fixture
def failing(monkeypatch):
    """A function that has the store refuse every batch, or take them again."""
    monkeypatch.setattr(outbox, "FIRST_PAUSE", 0.0)
    log_batch = MlflowClient.log_batch

    def refuse(self, *arguments, **options):
        raise ConnectionError("gone")

    return lambda fails: monkeypatch.setattr(MlflowClient, "log_batch", refuse if fails else log_batch)


def test_a_server_that_goes_away_in_the_middle_gets_all_it_missed_in_order(store, failing):
    with pytest.warns(UserWarning, match="does not answer"), runs.run("gan", {}, {}) as run:
        for step in range(10, 60, 10):
            failing(20 <= step <= 40)
            run.log({"loss": step / 100}, step)
        assert history(run.id, "loss") == [(10, 0.1), (20, 0.2), (30, 0.3), (40, 0.4), (50, 0.5)]


def test_what_it_missed_before_a_crash_is_logged_by_the_resumed_run(store, failing):
    crashed = runs.Run("gan")
    with pytest.warns(UserWarning, match="does not answer"):
        for step in (10, 20, 30):
            failing(step > 10)
            crashed.log({"loss": step / 100}, step)
    failing(False)
    with runs.run("gan", {}, {}, run_id=crashed.id) as again:
        for step in (10, 20, 30, 40):
            again.log({"loss": step / 100}, step)
    assert history(crashed.id, "loss") == [(10, 0.1), (20, 0.2), (30, 0.3), (40, 0.4)]


@pytest.mark.slow
def test_what_a_server_missed_is_logged_when_it_is_back(store, monkeypatch):
    port = free_port()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{port}")
    with pytest.warns(UserWarning, match="does not answer"):
        run = runs.Run("gan")
        run.log({"loss": 0.5}, 25)
    with tracking_server(store, port):
        run.log({"loss": 0.25}, 50)
        run.end("FINISHED")
        assert history(run.id, "loss") == [(25, 0.5), (50, 0.25)]
        assert client().get_run(run.id).info.status == "FINISHED"


@pytest.mark.slow
def test_the_logged_model_upscales_an_image_after_loading(store):
    keras.utils.set_random_seed(0)
    spec = {"scale": 4, "blocks": 1, "filters": 4, "norm": "batch", "skip": "bicubic"}
    folder = store / "model"
    save_networks(folder, {"generator": build_generator(**spec)}, {"generator": spec})
    with runs.run("gan", {}, {}) as run:
        run.log_model(folder)
    experiment = client().get_run(run.id).info.experiment_id
    logged = client().search_logged_models([experiment])
    assert [model.source_run_id for model in logged] == [run.id]
    model = mlflow.pyfunc.load_model(logged[0].model_uri)
    assert model.metadata.signature is not None
    example = model.metadata.load_input_example()
    (shown,) = model.predict(example)["image"]
    assert Image.open(io.BytesIO(base64.b64decode(shown))).size == (4 * 24, 4 * 16)
    lr = np.random.default_rng(0).integers(0, 256, (7, 5, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(lr).save(file, format="PNG")
    answer = model.predict(pd.DataFrame({"image": [base64.b64encode(file.getvalue()).decode()]}))
    sr = np.asarray(Image.open(io.BytesIO(base64.b64decode(answer["image"][0]))))
    np.testing.assert_array_equal(sr, upscaler(load_generator(folder))(lr))
