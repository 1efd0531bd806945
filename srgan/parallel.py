"""Photographs worked on side by side: on the cores of this machine, or on a cluster."""

from __future__ import annotations

import contextlib
import importlib
import warnings
from collections.abc import Generator, Iterable
from concurrent.futures import BrokenExecutor
from typing import Any

import joblib

from srgan.errors import UserError

# joblib's backends for clusters: what to install, and the module and function that make them known to joblib.
CLUSTERS = {
    "dask": ("dask[distributed]", "distributed", "Client"),  # DASK_SCHEDULER_ADDRESS says where
    "ray": ("ray", "ray.util.joblib", "register_ray"),
    "spark": ("joblibspark", "joblibspark", "register_spark"),
}


def in_parallel(tasks: Iterable[Any], workers: int, backend: str, processes: int) -> Generator[Any, None, None]:
    """Do tasks side by side. Their results come in the order of the tasks, as they are done.

    joblib cannot do the latter with Ray and Spark: there all results come when the last task is done.

    Args:
        tasks: of `joblib.delayed`.
        workers: how many at once; -1: as many as there are cores.
        backend: joblib's; dask, ray and spark need files that all machines share.
        processes: the most to start on this machine; each takes seconds to start.

    Raises:
        UserError: the backend is not installed, or a process of this machine was killed.
    """
    if backend in CLUSTERS:
        with contextlib.ExitStack() as stack:
            _connect(backend, stack)
            stack.enter_context(joblib.parallel_config(backend, n_jobs=workers))
            yield from joblib.Parallel(return_as="generator" if backend == "dask" else "list")(tasks)
        return
    if backend == "loky":
        workers = min(joblib.cpu_count() if workers == -1 else workers, max(1, processes))
    with warnings.catch_warnings():  # no warning about cancelled tasks when a photograph has stopped the work
        warnings.filterwarnings("ignore", "[0-9]+ tasks ", UserWarning, "joblib")
        try:
            yield from joblib.Parallel(n_jobs=workers, backend=backend, return_as="generator")(tasks)
        except BrokenExecutor as error:
            raise UserError(
                "a worker process was killed, most likely for want of memory; set patches.workers in params.yaml to "
                f"fewer than {workers}, or leave out very large photographs"
            ) from error


def _connect(backend: str, stack: contextlib.ExitStack) -> None:
    """Make a cluster known to joblib, and disconnect when the stack unwinds."""
    package, module, function = CLUSTERS[backend]
    try:
        connection = getattr(importlib.import_module(module), function)()
    except ImportError:
        raise UserError(
            f"patches.backend is {backend}, which is not installed: `pip install '{package}'`, "
            "or set it to loky, which uses this machine"
        ) from None
    if connection is not None:  # Dask's client; the others keep theirs to themselves
        stack.enter_context(connection)
