"""The server of cluster/compose.yaml without Docker: two people's stages, killed, gone on, and PostgreSQL restarted."""

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import mlflow
import numpy as np
import pytest
from mlflow import MlflowClient

from srgan.tracking import outbox, runs
from srgan.tracking.store import EXPERIMENT
from tests.servers import Postgres, mlflow_server, postgres, s3_client, s3_store
from tests.soak.tiny_project import environment
from tests.training.project import make_data, make_project

pytestmark = pytest.mark.slow

ITERATIONS = 60
PATIENCE = 300.0  # seconds that a stage may take


class Team(NamedTuple):
    """What runs, and where."""

    database: Postgres
    s3: str
    uri: str  # MLflow's


@pytest.fixture(scope="module")
def team(tmp_path_factory):
    log = tmp_path_factory.mktemp("server") / "log"
    with postgres() as database, s3_store("mlflow") as s3, mlflow_server(database, s3, log) as uri:
        yield Team(database, s3, uri)


@pytest.fixture(scope="module")
def data(tmp_path_factory, vgg16):
    """What a stage starts from; see tests/training/conftest.py."""
    folder = tmp_path_factory.mktemp("data")
    make_data(folder, vgg16)
    return folder


@pytest.fixture
def client(team):
    mlflow.set_tracking_uri(team.uri)
    return MlflowClient()


class Person:
    """Someone with a repository of their own, who trains `pretrain`."""

    def __init__(self, name: str, folder: Path, data: Path, team: Team, repository: Path):
        changes = {"iterations": ITERATIONS, "seed": len(name)}
        self.folder = make_project(folder / name, data, "pretrain", changes)
        self.name, self.client = name, MlflowClient(team.uri)
        self.environment = environment() | {
            "MLFLOW_TRACKING_URI": team.uri,
            "PYTHONPATH": str(repository),
            "LOGNAME": name,
        }

    def start(self) -> subprocess.Popen:
        """The stage, running."""
        log = self.folder / "log"
        with log.open("ab") as printed:
            command = [sys.executable, "-m", "stages.pretrain"]
            return subprocess.Popen(command, cwd=self.folder, env=self.environment, stdout=printed, stderr=printed)

    def finish(self, stage: subprocess.Popen) -> None:
        """Wait until the stage has ended well."""
        assert stage.wait(PATIENCE) == 0, (self.folder / "log").read_text()

    def runs(self) -> list:
        """What MLflow has of this person."""
        experiment = self.client.get_experiment_by_name(EXPERIMENT)
        return self.client.search_runs([experiment.experiment_id], f"tags.mlflow.user = '{self.name}'")

    def wait_for_rows(self, count: int) -> None:
        """Wait until MLflow has so many rows of this person's run."""
        deadline = time.monotonic() + PATIENCE
        while not (self.client.get_experiment_by_name(EXPERIMENT) and self.runs() and len(self.steps()) >= count):
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.2)

    def steps(self) -> list[int]:
        """The steps of this person's one run."""
        (run,) = self.runs()
        return [metric.step for metric in self.client.get_metric_history(run.info.run_id, "loss")]


def images(client: MlflowClient, run_id: str) -> Counter:
    """How often each picture is there, by its key and step."""
    names = [Path(item.path).name for item in client.list_artifacts(run_id, "images")]
    assert {name.endswith("+compressed.webp") for name in names} == {True, False}
    return Counter(tuple(name.split("+")[0:3:2]) for name in names if name.endswith(".png"))


def test_two_people_at_once_one_is_killed_and_goes_on_and_postgres_is_restarted(
    team, client, data, tmp_path, repository
):
    ann, bob = (Person(name, tmp_path, data, team, repository) for name in ("ann", "bobby"))
    stages = {person: person.start() for person in (ann, bob)}  # on a server that has no experiment yet
    ann.wait_for_rows(15)
    stages[ann].kill()
    stages[ann].wait()
    assert ann.runs()[0].info.status == "RUNNING"  # nobody could say otherwise
    again = ann.start()
    bob.wait_for_rows(1)
    assert stages[bob].poll() is None
    team.database.stop("immediate")
    time.sleep(5)  # longer than between two figures
    team.database.start()
    ann.finish(again)
    bob.finish(stages[bob])
    for person in (ann, bob):
        (run,) = person.runs()
        assert run.info.status == "FINISHED"
        assert person.steps() == list(range(1, ITERATIONS + 1))
        assert images(client, run.info.run_id) == {("1", str(step)): 1 for step in range(10, ITERATIONS + 1, 10)}
        assert len(run.inputs.dataset_inputs) == 1
        models = client.search_logged_models([run.info.experiment_id])
        assert [model.status for model in models if model.source_run_id == run.info.run_id] == ["READY"]
        stored = s3_client(team.s3).list_objects_v2(Bucket="mlflow", Prefix=f"{run.info.experiment_id}/")
        assert any(run.info.run_id in item["Key"] for item in stored["Contents"])
    assert "continues after iteration" in (ann.folder / "log").read_text()
    assert "training goes on" in (bob.folder / "log").read_text()
    assert ann.runs()[0].data.tags["generator_sha256"] != bob.runs()[0].data.tags["generator_sha256"]


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_postgres_is_restarted_between_the_figures_of_a_run(team, client, tmp_path, monkeypatch, mode):
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", team.uri)
    monkeypatch.setattr(outbox, "FIRST_PAUSE", 0.0)
    monkeypatch.setattr(outbox, "LONGEST_PAUSE", 0.0)
    picture = np.zeros((4, 5, 3), np.uint8)
    steps = range(10, 110, 10)
    with pytest.warns(UserWarning) as warned, runs.run("gan", {"lr": 1e-4}, {}) as run:
        for step in steps:
            if step == 50:
                team.database.stop(mode)
            if step == 80:
                team.database.start()
            run.log_image("chelsea", picture, step)
            run.log({"loss": step / 100, "psnr_y": 30.0}, step)
    ours = [str(warning.message) for warning in warned if "MLflow" in str(warning.message)]
    assert len(ours) == 1
    assert "training goes on" in ours[0]
    for key in ("loss", "psnr_y"):
        assert [metric.step for metric in client.get_metric_history(run.id, key)] == list(steps)
    assert images(client, run.id) == {("chelsea", str(step)): 1 for step in steps}
    assert client.get_run(run.id).info.status == "FINISHED"
