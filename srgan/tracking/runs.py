"""MLflow: one run for each training stage and for the evaluation.

No failure of MLflow stops a training. If a tracking server does not accept a call (it is down, hangs, or answers 500),
the call is kept and sent again later, with one warning; calls that were never accepted are counted at the end.
"""

from __future__ import annotations

import os
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

# Bounds on how long one call may wait, unless the user has set their own. Read when MLflow is imported.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")

import mlflow
import numpy as np
from filelock import FileLock
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, Metric, Param, RunTag

from srgan.root import project_root
from srgan.tracking.artifacts import Pictures, log_network
from srgan.tracking.naming import accepted
from srgan.tracking.origin import origin_of

EXPERIMENT = "srgan"
IN_EVERY_ROW = "loss"  # figure of a training that every row has, so it tells which rows the store has
ROWS_A_CALL = 40  # a store takes 1000 figures in one call, and a row has a dozen
FIRST_PAUSE, LONGEST_PAUSE = 15.0, 240.0  # seconds between attempts at a store that does not answer


def store_uri() -> str:
    """Where runs go: MLFLOW_TRACKING_URI, else an SQLite file in the repository.

    DVC runs experiments in temporary copies of the repository, which it deletes: a relative SQLite path is taken from
    the original's root.
    """
    uri = os.environ.get("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")
    if uri.startswith("sqlite:///") and not uri.startswith("sqlite:////"):
        return f"sqlite:///{project_root() / uri.removeprefix('sqlite:///')}"
    return uri


class Run:
    """A run that survives failures of its store: every call is queued, and sent as soon as the store accepts it.

    Args:
        name: the stage's name.
        run_id: a run to continue; if it is None or does not exist, a new one is made.
        opened: called with the run's id as soon as the store has it.
    """

    def __init__(self, name: str, run_id: str | None = None, opened: Callable[[str], None] = lambda _: None):
        self.name = name
        self.id = run_id or ""  # empty until the store has given one
        self.opened = opened
        self.logged_step = -1  # of the last row that the store has
        self._pictures = Pictures(none_yet=run_id is None)
        self._queue: deque[Callable[[], object]] = deque([self._open])
        self._pause, self._next_attempt, self._warned = FIRST_PAUSE, 0.0, False
        self._send()

    def log(self, figures: Mapping[str, float], step: int) -> None:
        """Log a row of figures. A step that an earlier process has logged is not logged again."""
        self.log_rows([(step, figures)])

    def log_rows(self, rows: Sequence[tuple[int, Mapping[str, float]]]) -> None:
        """Log many rows, (step, figures) in the order of steps, in few calls, so that a lost store is filled fast."""
        now = int(time.time() * 1000)
        for first in range(0, len(rows), ROWS_A_CALL):
            self._put(partial(self._send_rows, rows[first : first + ROWS_A_CALL], now))

    def _send_rows(self, rows: Sequence[tuple[int, Mapping[str, float]]], now: int) -> None:
        missing = [(step, figures) for step, figures in rows if step > self.logged_step]
        if missing:
            metrics = [
                Metric(accepted(key), float(value), now, step)
                for step, figures in missing
                for key, value in figures.items()
            ]
            self._client.log_batch(self.id, metrics=metrics)
            self.logged_step = missing[-1][0]

    def log_image(self, key: str, image: np.ndarray, step: int) -> None:
        """Log a picture, uint8 (H, W, 3), for the image grid of the MLflow UI, unless the run has it."""
        self._put(lambda: self._pictures.log(self._client, self.id, key, image, step))

    def log_params(self, params: Mapping[str, Any]) -> None:
        """Log settings, nested sections joined by dots."""
        entries = [Param(key, str(value)) for key, value in _flat(params)]
        self._put(lambda: self._client.log_batch(self.id, params=entries))

    def set_tags(self, tags: Mapping[str, str]) -> None:
        """Set tags."""
        entries = [RunTag(key, value) for key, value in tags.items()]
        self._put(lambda: self._client.log_batch(self.id, tags=entries))

    def log_dataset(self, name: str, digest: str, source: str) -> None:
        """Name the data: its digest makes runs on the same data comparable."""
        data = Dataset(name=name, digest=digest[:36], source_type="local", source=source)
        self._put(lambda: self._client.log_inputs(self.id, [DatasetInput(data)]))

    def log_file(self, path: Path) -> None:
        """Log a file as an artifact."""
        self._put(lambda: self._client.log_artifact(self.id, str(path)))

    def log_model(self, folder: Path, then: Callable[[str], None] = lambda _: None) -> None:
        """Log a trained generator, unless the run has it, as srgan.tracking.artifacts.log_network does.

        Args:
            folder: of the network.
            then: called with the model's URI as soon as the store has it.
        """

        def send() -> None:
            uri = log_network(self._client, self._experiment_id, self.id, folder)
            self.next(partial(then, uri))

        self._put(send)

    def next(self, call: Callable[[], None]) -> None:
        """Queue a call right after the one that is being sent, so that a failure of it does not send that one again."""
        self._queue.insert(1, call)

    def end(self, status: str) -> None:
        """Close the run as FINISHED, FAILED or KILLED. Calls that are still queued are tried a last time."""
        self._put(lambda: self._client.set_terminated(self.id, status))
        if self._queue:
            self._next_attempt = 0.0
            self._send()
        if self._queue:
            warnings.warn(f"MLflow: {len(self._queue)} entries of run {self.name} were not logged", stacklevel=2)

    def _put(self, call: Callable[[], object]) -> None:
        self._queue.append(call)
        self._send()

    def _send(self) -> None:
        """Send the queued calls in order, unless the store has failed a short while ago."""
        if time.monotonic() < self._next_attempt:
            return
        while self._queue:
            try:
                self._queue[0]()
            # Training continues, whatever the store, its client or the network raises.
            except Exception as error:
                self._next_attempt = time.monotonic() + self._pause
                self._pause = min(2 * self._pause, LONGEST_PAUSE)
                if not self._warned:
                    self._warned = True
                    reason = (str(error).strip() or repr(error)).splitlines()[0]
                    warnings.warn(
                        f"MLflow at {store_uri()} does not answer ({reason}); training goes on, "
                        "and what is logged meanwhile is sent when it does",
                        stacklevel=2,
                    )
                return
            self._queue.popleft()
            self._pause, self._warned = FIRST_PAUSE, False

    def _open(self) -> None:
        """Continue the run that was given, or make one."""
        mlflow.set_tracking_uri(store_uri())
        # Two processes that open a fresh SQLite store at once would both create its tables.
        with FileLock(project_root() / "mlflow.lock"):
            self._client = MlflowClient()
            self._experiment_id = self._experiment()
        if self.id and self._continue():
            return
        self.id = self._client.create_run(self._experiment_id, run_name=self.name).info.run_id
        self.opened(self.id)

    def _experiment(self) -> str:
        """The id of the experiment, made if need be, with artifacts beside an SQLite store."""
        if found := self._client.get_experiment_by_name(EXPERIMENT):
            return found.experiment_id
        artifacts = (project_root() / "mlartifacts").as_uri() if store_uri().startswith("sqlite:") else None
        try:
            return self._client.create_experiment(EXPERIMENT, artifact_location=artifacts)
        except mlflow.MlflowException:
            if found := self._client.get_experiment_by_name(EXPERIMENT):
                return found.experiment_id  # another machine was faster
            raise

    def _continue(self) -> bool:
        """Whether the run of an earlier process exists, to be continued."""
        try:
            run = self._client.get_run(self.id)
        except mlflow.MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
            return False
        if run.info.lifecycle_stage != "active":
            return False
        self._client.update_run(self.id, status="RUNNING")
        rows = self._client.get_metric_history(self.id, IN_EVERY_ROW)
        self.logged_step = max((row.step for row in rows), default=-1)
        return True


class NoRun(Run):
    """The run of a worker that is not the chief, which records nothing."""

    def _put(self, call: Callable[[], object]) -> None:
        pass

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
    """
    this = (Run if recorded else NoRun)(name, run_id, opened)
    this.set_tags(origin_of(name) | dict(tags))
    this.log_params(params)
    try:
        yield this
    except KeyboardInterrupt:
        this.end("KILLED")
        raise
    except BaseException:
        this.end("FAILED")
        raise
    this.end("FINISHED")


def _flat(params: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in params.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
