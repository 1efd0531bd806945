"""An interrupted run ends as an uninterrupted one, and goes on at once."""

import os
import signal
import time

import numpy as np
import pytest

from srgan.errors import UserError
from srgan.losses.content import content_loss
from srgan.losses.pixel import mse
from srgan.training.checkpoint import Scratch, checkpoints
from srgan.training.loop import Stopped, train
from tests.training.short_runs import context, determinism, recipe, run_through, settings

KINDS = ("pretrain", "gan", "vgg", "wgan")
CASES = [(kind, precision, "batch") for precision in ("float32", "mixed_bfloat16") for kind in KINDS]
CASES += [("gan", "float32", "virtual")]
CASES += [("unet", precision, "batch") for precision in ("float32", "mixed_bfloat16")]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "precision", "norm"), CASES)
def test_an_interrupted_run_ends_bit_for_bit_as_an_uninterrupted_one(
    tmp_path, random_vgg, kind, precision, norm, heard, capfd
):
    content = content_loss("vgg12", None, random_vgg, precision) if kind == "vgg" else mse
    with determinism():
        whole, rows, log = run_through(tmp_path / "whole", kind, precision, norm=norm, content=content)
        folder = tmp_path / "parts"
        for stop_at, number in ((2, signal.SIGTERM), (14, signal.SIGINT)):
            with pytest.raises(Stopped, match=f"{kind}: stopped after iteration {stop_at + 1};"):
                run_through(folder, kind, precision, stop_at, norm, content, number)
            assert f"{kind}: stops after this iteration; signal again to stop now" in capfd.readouterr().err
        parts, rows_again, log_again = run_through(folder, kind, precision, norm=norm, content=content)
    assert rows_again == rows
    assert log_again.rows == log.rows
    for name, variable in whole.variables().items():
        np.testing.assert_array_equal(variable.numpy(), parts.variables()[name].numpy(), err_msg=name)
    assert len(rows) == 5
    assert [row["iteration"] for row in rows] == [4, 8, 12, 16, 18]
    assert [row.get("psnr_y") for row in rows] == [None, 8.0, None, 16.0, 18.0]


@pytest.fixture
def heard():
    """SIGINT is not ignored, as it is for what a script starts in its background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.slow
def test_a_run_whose_newest_checkpoint_is_damaged_ends_bit_for_bit_the_same(tmp_path):
    with determinism():
        whole, _, _ = run_through(tmp_path / "whole", "pretrain")
        for stop_at in (2, 9):
            with pytest.raises(Stopped):
                run_through(tmp_path / "parts", "pretrain", stop_at=stop_at)
        newest = checkpoints(tmp_path / "parts/scratch/pretrain-key")[0]
        newest.write_bytes(newest.read_bytes()[:1000])
        parts, _, _ = run_through(tmp_path / "parts", "pretrain")
    for name, variable in whole.variables().items():
        np.testing.assert_array_equal(variable.numpy(), parts.variables()[name].numpy(), err_msg=name)


def test_at_iteration_80000_a_run_continues_within_seconds(tmp_path):
    stage, common = settings("pretrain")
    stage = stage.model_copy(update={"iterations": 80_001})
    this = recipe("pretrain", stage, "float32")
    rows = [{"iteration": done, "lr": 1e-4, "loss": 0.1, "train_psnr": 20.0} for done in range(10, 80_001, 10)]
    with Scratch(tmp_path, "pretrain", "key") as scratch:
        scratch.save(80_000, this.variables(), {"rows": rows, "window": []})
        began = time.perf_counter()
        found = train(this, context("pretrain", stage, common, scratch))
        # Most of it is the step's trace, as at iteration 0; on a busy machine that takes ten seconds.
        assert time.perf_counter() - began < 40
    assert found[:-1] == rows
    assert found[-1]["iteration"] == 80_001


def test_a_full_disk_stops_the_run_and_when_there_is_room_it_goes_on_to_the_same_end(tmp_path, disk):
    place = disk("size=2m")
    with determinism():
        whole, rows, _ = run_through(tmp_path / "whole", "pretrain")
        with pytest.raises(Stopped):
            run_through(place, "pretrain", stop_at=2)
        free = os.statvfs(place).f_bavail * os.statvfs(place).f_frsize
        (place / "filler").write_bytes(bytes(free - 8192))
        with pytest.raises(UserError, match=r"checkpoint of iteration 5 cannot be written \(No space left on device\)"):
            run_through(place, "pretrain")
        (place / "filler").unlink()
        parts, rows_again, _ = run_through(place, "pretrain")
    assert rows_again == rows
    for name, variable in whole.variables().items():
        np.testing.assert_array_equal(variable.numpy(), parts.variables()[name].numpy(), err_msg=name)
