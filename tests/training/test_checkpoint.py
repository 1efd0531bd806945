"""Checkpoints: what is saved comes back, and what is damaged does not."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from srgan.training.checkpoint import KEPT, Scratch, checkpoints
from tests.training.variables import variables


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


def test_a_damaged_checkpoint_is_deleted_so_that_it_is_never_the_one_before(tmp_path, capsys):
    with Scratch(tmp_path, "gan", "key") as scratch:
        scratch.save(1, variables(1), {})
        scratch.save(5, variables(5), {})
        damaged = checkpoints(scratch.folder)[0]
        damaged.write_bytes(damaged.read_bytes()[:-1])
        assert scratch.restore(variables(0))[0] == 1
        assert "damaged, deleted; going back to the one before it" in capsys.readouterr().out
        scratch.save(2, variables(2), {})
        assert [path.name[:9] for path in checkpoints(scratch.folder)] == ["000000002", "000000001"]


def test_one_that_another_worker_has_deleted_is_passed_over(tmp_path, monkeypatch):
    """All workers of a training read the same folder at once."""
    with Scratch(tmp_path, "gan", "key") as scratch:
        scratch.save(1, variables(1), {})
        scratch.save(5, variables(5), {})
        found = checkpoints(scratch.folder)
        monkeypatch.setattr(scratch, "_checkpoints", lambda: found)
        found[0].unlink()
        assert scratch.restore(variables(0))[0] == 1


def test_a_half_written_checkpoint_is_no_checkpoint_and_is_swept_away(tmp_path):
    with Scratch(tmp_path, "gan", "key") as scratch:
        scratch.save(1, variables(1), {})
    (scratch.folder / "123.partial").write_bytes(b"half")
    with Scratch(tmp_path, "gan", "key") as scratch:
        assert scratch.restore(variables(0))[0] == 1
        assert not list(scratch.folder.glob("*.partial"))
