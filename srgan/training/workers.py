"""Several processes that train together: which one writes, whether they agree, and what happens when one dies.

Worker 0 is the chief. All workers take every step and measure every validation alike; the chief alone writes outputs
and checkpoints, logs and shows progress. All work in one folder on a disk they share, where the others read the
chief's checkpoints.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from srgan.errors import UserError
from srgan.training.checkpoint import Scratch

# What TensorFlow raises in a step after another worker has ended.
LOST = (
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.InternalError,
    tf.errors.FailedPreconditionError,
)


def worker_position(strategy: tf.distribute.Strategy) -> tuple[int, int]:
    """This process' number among the workers, and how many there are; worker 0 is the chief."""
    resolver = strategy.cluster_resolver
    if resolver is None or not resolver.cluster_spec().as_dict():
        return 0, 1
    return resolver.task_id, len(resolver.cluster_spec().as_dict()["worker"])


def is_chief(strategy: tf.distribute.Strategy) -> bool:
    """Whether this process writes and logs: worker 0, or the only one."""
    return worker_position(strategy)[0] == 0


def require_agreement(strategy: tf.distribute.Strategy, stage: str, value: str, what: str) -> None:
    """Check that all workers have the same value; each waits here for the others.

    Args:
        strategy: whose workers.
        stage: the stage's name, for the message.
        value: the value that must be the same.
        what: what the value consists of, in words.

    Raises:
        UserError: on every worker, if one has another value.
    """
    if worker_position(strategy)[1] == 1:
        return
    number = int.from_bytes(hashlib.sha256(value.encode()).digest()[:8], "big", signed=True)
    own = strategy.experimental_distribute_values_from_function(lambda _: tf.constant([number], tf.int64))
    of_all = strategy.gather(own, axis=0).numpy().tolist()  # (replicas,)
    if len(set(of_all)) > 1:
        raise UserError(
            f"{stage}: the workers do not have the same {what}; stop them all, and start the same stage on all of them "
            "in one folder on a disk they share"
        )


@contextmanager
def report_lost_workers(strategy: tf.distribute.Strategy, stage: str) -> Iterator[None]:
    """Turn the errors that follow the loss of another worker into a UserError.

    Raises:
        UserError: a step ended because another worker died, stopped or cannot be reached.
    """
    try:
        yield
    except LOST as error:
        if worker_position(strategy)[1] == 1:
            raise
        raise UserError(
            f"{stage}: another worker died, was stopped or cannot be reached; "
            "stop the workers that are left and start all of them again: they go on from the newest checkpoint"
        ) from error


class SharedScratch(Scratch):
    """A scratch that all workers restore from, and only the chief writes to.

    Args:
        root: folder of all scratches, on a disk all workers share.
        stage: the stage's name.
        key: the run's digest, from run_key.
        strategy: whose workers.
    """

    def __init__(self, root: Path, stage: str, key: str, strategy: tf.distribute.Strategy):
        super().__init__(root, stage, key)
        self.strategy = strategy
        self.chief = is_chief(strategy)

    def __enter__(self) -> Scratch:
        if self.chief:
            super().__enter__()
        try:
            # All wait here for the chief, so that none reads a file that it deletes.
            require_agreement(self.strategy, self.stage, self.folder.name, "settings, data and code")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        if self.chief:
            super().__exit__(*exception)

    def save(self, iteration: int, variables: Mapping[str, keras.Variable], record: Mapping[str, Any]) -> None:
        """Write a checkpoint, if this is the chief."""
        if self.chief:
            super().save(iteration, variables, record)

    def restore(self, variables: Mapping[str, keras.Variable]) -> tuple[int, dict[str, Any]] | None:
        """Set the variables to the newest whole checkpoint, the same on all workers."""
        restored = super().restore(variables)
        value = f"{self.folder.name} {restored[0] if restored else 0}"
        require_agreement(self.strategy, self.stage, value, "settings, data, code and checkpoints")
        return restored

    def remember(self, name: str, value: str) -> None:
        """Keep a small text, if this is the chief."""
        if self.chief:
            super().remember(name, value)

    def finish(self, results: Iterable[Path]) -> None:
        """Keep the last checkpoint until DVC has recorded the results, if this is the chief."""
        if self.chief:
            super().finish(results)
