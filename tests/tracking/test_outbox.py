"""Calls of a store that fails: none is lost while the process lives, and no store can cost a run."""

import contextlib
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from types import SimpleNamespace

import pytest
from mlflow import MlflowClient

from srgan.tracking import outbox, runs
from tests.ports import free_port
from tests.tracking.server import tracking_server
from tests.tracking.stored import client, history, refuse


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
    return lambda fails: monkeypatch.setattr(MlflowClient, "log_batch", refuse if fails else log_batch)


def test_a_server_that_goes_away_in_the_middle_gets_all_it_missed_in_order(store, failing):
    with pytest.warns(UserWarning, match="does not answer"), runs.run("gan", {}, {}) as run:
        for step in range(10, 60, 10):
            failing(20 <= step <= 40)
            run.log({"loss": step / 100}, step)
        assert history(run.id, "loss") == [(10, 0.1), (20, 0.2), (30, 0.3), (40, 0.4), (50, 0.5)]


def test_what_the_store_refuses_holds_up_nothing(store):
    with pytest.warns(UserWarning, match="an entry of run gan was refused") as warned, runs.run("gan", {}, {}) as run:
        run.set_tags({"a name with a +": "1"})
        run.log({"loss": 0.5}, 10)
    assert history(run.id, "loss") == [(10, 0.5)]
    assert client().get_run(run.id).info.status == "FINISHED"
    assert len([warning for warning in warned if "MLflow" in str(warning.message)]) == 1


@pytest.mark.parametrize(("error", "waits"), [(None, True), (KeyboardInterrupt, False)])
def test_a_store_that_is_away_at_the_end_is_waited_for_unless_the_run_is_stopped(store, monkeypatch, error, waits):
    log_batch, attempts = MlflowClient.log_batch, []

    def back_at_the_fifth(self, *arguments, **options):
        attempts.append(options)
        if len(attempts) < 5:
            raise ConnectionError("gone")
        log_batch(self, *arguments, **options)

    monkeypatch.setattr(outbox, "LAST_PAUSE", 0.0)
    with (
        pytest.warns(UserWarning, match="does not answer"),
        pytest.raises(error) if error else contextlib.nullcontext(),
        runs.run("gan", {}, {}) as run,
    ):
        monkeypatch.setattr(MlflowClient, "log_batch", back_at_the_fifth)
        run.log({"loss": 0.5}, 10)
        if error:
            raise error
    assert history(run.id, "loss") == ([(10, 0.5)] if waits else [])
    assert client().get_run(run.id).info.status == ("FINISHED" if waits else "RUNNING")


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


def test_a_store_that_is_away_for_hours_is_asked_every_few_minutes(monkeypatch):
    clock, asked = SimpleNamespace(now=0.0), []
    monkeypatch.setattr(outbox, "time", SimpleNamespace(monotonic=lambda: clock.now))

    def call():
        asked.append(clock.now)
        raise ConnectionError("gone")

    with pytest.warns(UserWarning, match="does not answer"):
        box = outbox.Outbox("gan", "1a2b", [call])
        for clock.now in range(10, 4 * 3600, 10):  # as a training logs
            box._send()
    assert max(after - before for before, after in pairwise(asked)) <= outbox.LONGEST_PAUSE + 10
    assert len(asked) < 4 * 3600 / outbox.LONGEST_PAUSE + 10
