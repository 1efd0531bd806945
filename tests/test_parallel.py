"""Tasks side by side: in their order, in no more processes than are worth starting."""

import os
import signal

import joblib
import pytest

from srgan import parallel
from srgan.errors import UserError
from srgan.parallel import in_parallel


def squares(numbers):
    return [joblib.delayed(pow)(number, 2) for number in numbers]


@pytest.mark.parametrize(("workers", "backend"), [(1, "loky"), (2, "loky"), (3, "threading"), (-1, "threading")])
def test_results_come_in_the_order_of_the_tasks(workers, backend):
    assert list(in_parallel(squares(range(50)), workers, backend, 50)) == [number**2 for number in range(50)]


@pytest.mark.parametrize(("workers", "worth", "started"), [(4, 2, 2), (1, 5, 1), (-1, 0, 1), (8, -3, 1)])
def test_no_more_processes_than_are_worth_starting(monkeypatch, workers, worth, started):
    asked = []
    original = joblib.Parallel
    monkeypatch.setattr(joblib, "Parallel", lambda n_jobs, **rest: asked.append(n_jobs) or original(n_jobs, **rest))
    assert list(in_parallel(squares([3]), workers, "loky", worth)) == [9]
    assert asked == [started]


def test_a_task_that_fails_fails_here():
    with pytest.raises(ZeroDivisionError):
        list(in_parallel([joblib.delayed(divmod)(1, 0)], 2, "threading", 2))


def test_a_process_that_is_killed_is_a_sentence():
    with pytest.raises(UserError, match=r"worker process was killed.*patches\.workers.*fewer than 2"):
        list(
            in_parallel(
                [joblib.delayed(lambda: os.kill(os.getpid(), signal.SIGKILL))() for _ in range(2)], 2, "loky", 2
            )
        )


def test_a_backend_that_is_not_installed(monkeypatch):
    monkeypatch.setitem(parallel.CLUSTERS, "spark", ("joblibspark", "no_such_module_as_joblibspark", "register_spark"))
    with pytest.raises(UserError, match=r"patches\.backend is spark.*pip install 'joblibspark'.*loky"):
        list(in_parallel(squares([1]), 1, "spark", 1))
