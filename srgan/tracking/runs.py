"""MLflow: one run for each training stage and for the evaluation, below the run of their experiment."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag

from srgan.params.read import flat
from srgan.pipeline import TRAINING_STAGES
from srgan.tracking import pipeline_run
from srgan.tracking.alive import Claim
from srgan.tracking.datasets import dataset, log_datasets
from srgan.tracking.logged_model import log_network
from srgan.tracking.machine import MachineWatch
from srgan.tracking.naming import mlflow_name
from srgan.tracking.origin import origin_of
from srgan.tracking.outbox import Outbox
from srgan.tracking.pictures import Pictures
from srgan.tracking.pipeline_run import PARENT, WEIGHTS, PipelineRun, experiment_of
from srgan.tracking.store import experiment_id, is_there, store_lock, store_uri

IN_EVERY_ROW = "loss"  # figure of a training that every row has, so it tells which rows the store has
ROWS_A_CALL = 40  # a store takes 1000 figures in one call, and a row has a dozen


class Run(Outbox):
    """A run that survives failures of its store: every call is queued, and sent as soon as the store accepts it.

    Args:
        name: the stage's name.
        run_id: a run to continue; if it is None or does not exist, a new one is made.
        opened: called with the run's id as soon as the store has it.
        experiment: what the run is a part of, if it is.
    """

    def __init__(
        self,
        name: str,
        run_id: str | None = None,
        opened: Callable[[str], None] = lambda _: None,
        experiment: PipelineRun | None = None,
    ):
        self.parent = ""  # the id of the experiment's run; empty without one
        self.opened, self.experiment = opened, experiment
        self.logged_step = -1  # of the last row that the store has
        self._pictures = Pictures(none_yet=run_id is None)
        self._machine, self._claim = MachineWatch(), Claim()
        super().__init__(name, run_id, [self._open, self._begin])

    def log(self, figures: Mapping[str, float], step: int) -> None:
        """Log a row of figures. A step that an earlier process has logged is not logged again."""
        self.log_rows([(step, figures)])

    def log_rows(self, rows: Sequence[tuple[int, Mapping[str, float]]]) -> None:
        """Log many rows, (step, figures) in the order of steps, in few calls, so that a lost store is filled fast."""
        now = int(time.time() * 1000)
        for first in range(0, len(rows), ROWS_A_CALL):
            self.put(partial(self._send_rows, rows[first : first + ROWS_A_CALL], now))

    def _send_rows(self, rows: Sequence[tuple[int, Mapping[str, float]]], now: int) -> None:
        missing = [(step, figures) for step, figures in rows if step > self.logged_step]
        if missing:
            metrics = [
                Metric(mlflow_name(key), float(value), now, step)
                for step, figures in missing
                for key, value in figures.items()
            ]
            self._client.log_batch(self.id, metrics=metrics)
            self.logged_step = missing[-1][0]

    def log_image(self, key: str, image: np.ndarray, step: int) -> None:
        """Log a picture, uint8 (H, W, 3), for the image grid of the MLflow UI, unless the run has it."""
        self.put(lambda: self._pictures.log(self._client, self.id, key, image, step))

    def log_params(self, params: Mapping[str, Any]) -> None:
        """Log settings, nested sections joined by dots.

        Settings that the run already has are not sent, because MLflow refuses other values; they can differ only where
        they do not affect results.
        """
        self.put(partial(self._send_params, dict(flat(params))))

    def _send_params(self, params: Mapping[str, Any]) -> None:
        known = self._client.get_run(self.id).data.params
        missing = [Param(key, str(value)) for key, value in params.items() if key not in known]
        if missing:
            self._client.log_batch(self.id, params=missing)

    def set_tags(self, tags: Mapping[str, str]) -> None:
        """Set tags."""
        entries = [RunTag(key, value) for key, value in tags.items()]
        self.put(lambda: self._client.log_batch(self.id, tags=entries))

    def log_dataset(self, name: str, digest: str, source: str) -> None:
        """Name the data: its digest makes runs on the same data comparable."""
        self.put(lambda: log_datasets(self._client, self.id, [dataset(name, digest, source)]))

    def log_file(self, path: Path) -> None:
        """Log a file as an artifact."""
        self.put(lambda: self._client.log_artifact(self.id, str(path)))

    def log_model(self, folder: Path) -> None:
        """Log a trained generator, unless the run has it, as srgan.tracking.logged_model.log_network does."""
        self.put(lambda: log_network(self._client, self.id, folder))

    def log_for_experiment(self, figures: Mapping[str, float]) -> None:
        """Log figures on the experiment's run too: they then stand in its line of MLflow's list."""
        metrics = [Metric(mlflow_name(key), float(value), int(time.time() * 1000), 0) for key, value in figures.items()]
        self._put_above(lambda parent: self._client.log_batch(parent, metrics=metrics))

    def starts_from(self, networks: Mapping[str, str]) -> None:
        """Say where the networks of earlier stages come from, stage -> sha256: another experiment may have run them."""
        self._put_above(lambda parent: pipeline_run.mark_origins(self._client, parent, networks))

    def _put_above(self, call: Callable[[str], object]) -> None:
        """Queue a call for the experiment's run, for as long as there is one: somebody may delete it at any time."""
        self.put(lambda: self.parent and is_there(self._client, self.parent) and call(self.parent))

    def end(self, status: str) -> None:
        """Close the run as FINISHED, FAILED or KILLED. Calls that are still queued are tried a last time.

        A finished run waits for a store that has answered before; an unfinished one logs what is missing when it
        continues.
        """
        self._machine.end()
        self.put(lambda: self._client.set_terminated(self.id, status))
        self.put(self._claim.give_up)
        self._put_above(lambda parent: pipeline_run.close(self._client, parent, self.name, status))
        self._empty(wait=bool(self.id) and status == "FINISHED")

    def recovered(self) -> None:
        """Watch the machine again: the watch has given up at the store's first failure."""
        if self.id:
            self._machine.start(self.id)

    def _open(self) -> None:
        """Continue the run that was given, or make one, below its experiment's."""
        mlflow.set_tracking_uri(store_uri())
        # Two processes that open a fresh SQLite store at once would both create its tables.
        with store_lock():
            self._client = MlflowClient()
            experiment = experiment_id(self._client)
        if self.id and self._continue():
            return
        self.parent = self.experiment.open(self._client) if self.experiment else ""
        tags = {"stage": self.name} | ({PARENT: self.parent} if self.parent else {})
        self.id = self._client.create_run(experiment, run_name=self.name, tags=tags).info.run_id
        self.opened(self.id)

    def _begin(self) -> None:
        """Start the watch, claim the run, close dead runs and reopen the experiment's.

        All of it can be repeated after a failure.
        """
        self._machine.start(self.id)
        with store_lock():
            self._claim.take(self.id)
        pipeline_run.close_dead(self._client, self.id)
        if self.parent and is_there(self._client, self.parent):
            pipeline_run.reopen(self._client, self.parent, self.name, self.id)

    def _continue(self) -> bool:
        """Whether the run of an earlier process exists, to be continued. It stays in the experiment that it is in.

        One that has finished is not continued by another experiment, which only needs the same network.
        """
        if not is_there(self._client, self.id):
            return False
        run = self._client.get_run(self.id)
        self.parent = run.data.tags.get(PARENT, "")
        if run.info.status == "FINISHED" and self.experiment and not self.experiment.is_run(self._client, self.parent):
            return False
        if self.experiment and not (self.parent and is_there(self._client, self.parent)):
            self.parent = self.experiment.open(self._client)
            self._client.set_tag(self.id, PARENT, self.parent)
        self._client.update_run(self.id, status="RUNNING")
        rows = self._client.get_metric_history(self.id, IN_EVERY_ROW)
        self.logged_step = max((row.step for row in rows), default=-1)
        return True


class NoRun(Run):
    """The run of a worker that is not the chief, which records nothing."""

    def put(self, call: Callable[[], object]) -> None:
        """Forget a call."""

    def _send(self) -> None:
        self._queue.clear()


@contextmanager
def run(
    name: str,
    params: Mapping[str, Any],
    tags: Mapping[str, str],
    run_id: str | None = None,
    opened: Callable[[str], None] = lambda _: None,
    *,
    recorded: bool = True,
) -> Iterator[Run]:
    """A run for the length of a block: FINISHED at its end, KILLED where it is interrupted, FAILED at an error.

    Args:
        name: the stage's name.
        params: settings, nested sections allowed.
        tags: beside those of `origin_of`.
        run_id: a run to continue.
        opened: called with the run's id as soon as the store has it.
        recorded: whether anything is logged; False for a worker that is not the chief.

    Raises:
        UserError: MLFLOW_TRACKING_URI names no store.
    """
    store_uri()  # refused now: a wrong address is not a store that does not answer yet
    this = (Run if recorded else NoRun)(name, run_id, opened, experiment_of(name))
    try:
        this.set_tags(origin_of(name) | dict(tags))
        this.log_params(params)
        this.starts_from(_networks(name, params, tags))
        yield this
    except KeyboardInterrupt:
        this.end("KILLED")
        raise
    except BaseException:
        this.end("FAILED")
        raise
    this.end("FINISHED")


def _networks(name: str, params: Mapping[str, Any], tags: Mapping[str, str]) -> dict[str, str]:
    """The earlier stages whose networks a run starts from, by its tags: stage -> sha256 of the generator."""
    whose = {key: key.removesuffix(f"_{WEIGHTS}") for key in tags}
    init = params[name].get("init") if name in TRAINING_STAGES and name in params else None
    named = {init if stage == "init" else stage: tags[key] for key, stage in whose.items()}
    return {stage: sha256 for stage, sha256 in named.items() if stage in TRAINING_STAGES}
