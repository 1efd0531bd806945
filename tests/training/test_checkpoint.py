"""Scratch folders: what is saved comes back, what is damaged does not, and nobody shares one."""

import multiprocessing
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from srgan.errors import UserError
from srgan.training.checkpoint import KEPT, Scratch, run_key


def variables(value):
    return {"a": keras.Variable(np.full((2, 3), value, "float32")), "b": keras.Variable(int(value), dtype="int64")}


def test_what_is_saved_comes_back(tmp_path):
    record = {"rows": [{"iteration": 25, "loss": 0.1234567890123}], "window": []}
    with Scratch(tmp_path, "gan", "key") as scratch:
        scratch.save(30, variables(7), record)
        fresh = variables(0)
        assert scratch.restore(fresh) == (30, record)
        np.testing.assert_array_equal(fresh["a"].numpy(), np.full((2, 3), 7))
        assert int(fresh["b"]) == 7


def test_nothing_saved_nothing_restored(tmp_path):
    with Scratch(tmp_path, "gan", "key") as scratch:
        assert scratch.restore(variables(0)) is None
        assert scratch.recall("mlflow_run") is None
        scratch.remember("mlflow_run", "abc")
        assert scratch.recall("mlflow_run") == "abc"


def test_the_newest_two_are_kept(tmp_path):
    with Scratch(tmp_path, "gan", "key") as scratch:
        for iteration in range(1, 6):
            scratch.save(iteration, variables(iteration), {})
        assert len(list(scratch.folder.glob("*.npz"))) == KEPT
        assert scratch.restore(variables(0))[0] == 5


@pytest.fixture(scope="module")
def two_checkpoints(tmp_path_factory):
    """The bytes of checkpoint 1 and checkpoint 2, by file name."""
    root = tmp_path_factory.mktemp("scratch")
    with Scratch(root, "gan", "key") as scratch:
        scratch.save(1, variables(1), {})
        scratch.save(2, variables(2), {})
        return {path.name: path.read_bytes() for path in scratch.folder.glob("*.npz")}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_checkpoint_damaged_anywhere_is_passed_over_for_the_one_before(tmp_path_factory, two_checkpoints, data):
    with Scratch(tmp_path_factory.mktemp("scratch"), "gan", "key") as scratch:
        older, newer = sorted(two_checkpoints)
        content = bytearray(two_checkpoints[newer])
        place = data.draw(st.integers(0, len(content) - 1))
        if data.draw(st.booleans()):
            content[place] ^= data.draw(st.integers(1, 255))
        else:
            del content[place:]
        (scratch.folder / older).write_bytes(two_checkpoints[older])
        (scratch.folder / newer).write_bytes(content)
        assert scratch.restore(variables(0))[0] == 1


def test_a_half_written_checkpoint_is_no_checkpoint(tmp_path):
    with Scratch(tmp_path, "gan", "key") as scratch:
        scratch.save(1, variables(1), {})
        (scratch.folder / "checkpoint.partial").write_bytes(b"half")
        assert scratch.restore(variables(0))[0] == 1
        scratch.save(2, variables(2), {})
        assert scratch.restore(variables(0))[0] == 2


def _hold(root, entered, leave):
    with Scratch(root, "gan", "key"):
        entered.set()
        leave.wait(30)


def test_a_second_process_is_told_who_is_in_the_run(tmp_path):
    context = multiprocessing.get_context("fork")
    entered, leave = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(tmp_path, entered, leave))
    other.start()
    assert entered.wait(30)
    try:
        with pytest.raises(UserError, match=f"in use by process {other.pid} on "), Scratch(tmp_path, "gan", "key"):
            pass
        with Scratch(tmp_path, "gan", "another key"):
            pass
    finally:
        leave.set()
        other.join()
    with Scratch(tmp_path, "gan", "key"):
        pass


def test_a_complete_run_leaves_nothing(tmp_path):
    with Scratch(tmp_path, "gan", "key") as scratch:
        scratch.save(1, variables(1), {})
        scratch.clear()
    assert list(tmp_path.iterdir()) == []


def test_another_setting_input_or_stage_is_another_run(tmp_path):
    data, other = tmp_path / "data", tmp_path / "other"
    data.write_bytes(b"1")
    other.write_bytes(b"2")
    keys = [
        run_key("gan", {"lr": 1e-4}, [data]),
        run_key("gan", {"lr": 5e-6}, [data]),
        run_key("vgg", {"lr": 1e-4}, [data]),
        run_key("gan", {"lr": 1e-4}, [other]),
        run_key("gan", {"lr": 1e-4}, [data, other]),
    ]
    assert len(set(keys)) == len(keys)
    moved = tmp_path / "folder" / "data"
    moved.parent.mkdir()
    moved.write_bytes(b"1")
    assert run_key("gan", {"lr": 1e-4}, [moved]) == keys[0]  # only contents count
    assert isinstance(moved, Path)
