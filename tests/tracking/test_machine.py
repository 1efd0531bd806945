"""How busy the machine is, beside a run's own figures; it can cost no run."""

import threading
import time

import psutil
import pytest
from mlflow import MlflowClient

from srgan.tracking import outbox, runs
from tests.tracking.stored import client


@pytest.fixture(autouse=True)
def often(monkeypatch):
    monkeypatch.setenv("MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL", "0.1")


@pytest.fixture
def of_others():
    """Threads of runs that an earlier test has left open, as a crash does."""
    return set(threading.enumerate())


@pytest.fixture
def watching(of_others):
    """The threads that watch now."""
    return lambda: [
        thread for thread in threading.enumerate() if thread.name == "SystemMetricsMonitor" and thread not in of_others
    ]


def figures(run_id):
    return client().get_run(run_id).data.metrics


def until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_run_has_the_machine_s_figures_and_goes_on_with_them(store, watching):
    with runs.run("gan", {}, {}) as run:
        until(lambda: "system/cpu_utilization_percentage" in figures(run.id))
        found = figures(run.id)
    assert 0 <= found["system/cpu_utilization_percentage"] <= 100
    memory = psutil.virtual_memory()
    assert 0 < found["system/system_memory_usage_megabytes"] < memory.total / 1e6
    assert watching() == []

    steps = [each.step for each in MlflowClient().get_metric_history(run.id, "system/disk_usage_percentage")]
    with runs.run("gan", {}, {}, run_id=run.id):
        until(lambda: len(MlflowClient().get_metric_history(run.id, "system/disk_usage_percentage")) > len(steps) + 1)
    again = [each.step for each in MlflowClient().get_metric_history(run.id, "system/disk_usage_percentage")]
    assert again == list(range(len(again)))


def test_mlflow_s_variable_turns_it_off(store, watching, monkeypatch):
    monkeypatch.setenv("MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING", "false")
    with runs.run("gan", {}, {}) as run:
        assert watching() == []
    assert figures(run.id) == {}


@pytest.mark.parametrize("trouble", ["variable", "counters"])
def test_what_cannot_be_watched_costs_a_warning_and_no_run(store, monkeypatch, trouble):
    if trouble == "variable":
        monkeypatch.setenv("MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING", "perhaps")
    else:
        monkeypatch.setattr(psutil, "net_io_counters", lambda: None)  # as in some containers
    with pytest.warns(UserWarning, match="no system metrics"), runs.run("gan", {}, {}) as run:
        run.log({"loss": 0.5}, 1)
    assert figures(run.id) == {"loss": 0.5}


def test_it_goes_on_when_a_store_is_back(store, watching, monkeypatch):
    monkeypatch.setattr(outbox, "FIRST_PAUSE", 0.0)

    def away(self, *arguments, **options):
        raise ConnectionError("away")

    with pytest.warns(UserWarning, match="does not answer"), runs.run("gan", {}, {}) as run:
        with monkeypatch.context() as outage:
            outage.setattr(MlflowClient, "get_run", away)
            outage.setattr(MlflowClient, "log_batch", away)
            until(lambda: not watching())  # MLflow's thread gives up
            run.log({"loss": 0.5}, 1)
        run.log({"loss": 0.25}, 2)
        assert len(watching()) == 1
        until(lambda: "system/disk_usage_percentage" in figures(run.id))
    assert figures(run.id)["loss"] == 0.25


def test_a_store_that_answers_only_at_the_end_leaves_no_watch(store, watching, monkeypatch):
    monkeypatch.setattr(outbox, "LAST_PAUSE", 0.0)
    answers, log_batch = iter([False, False, False]), MlflowClient.log_batch

    def late(self, *arguments, **options):
        if not next(answers, True):
            raise ConnectionError("away")
        log_batch(self, *arguments, **options)

    monkeypatch.setenv("MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL", "60")
    with pytest.warns(UserWarning, match="does not answer"), runs.run("gan", {}, {}) as run:
        monkeypatch.setattr(MlflowClient, "log_batch", late)
        run.log({"loss": 0.5}, 1)
    assert figures(run.id)["loss"] == 0.5
    assert watching() == []
