"""The script for the first minutes on a GPU: what it says, and that its steps run."""

import math

import pytest

from benchmarks.gpu import compared, devices, losses, unsupported

BUILT_FOR = ["sm_60", "sm_70", "sm_80", "sm_89", "compute_90"]


@pytest.mark.parametrize("capability", [(6, 0), (6, 1), (7, 5), (8, 0), (8, 6), (8, 9), (9, 0), (10, 0), (12, 0)])
def test_a_gpu_that_the_build_has_code_for(capability):
    assert unsupported(capability, BUILT_FOR) == ""


@pytest.mark.parametrize("capability", [(3, 5), (5, 2)])
def test_a_gpu_that_it_has_none_for_is_one_sentence(capability):
    said = unsupported(capability, BUILT_FOR)
    assert f"no code for compute capability {capability[0]}.{capability[1]} (it has sm_60, " in said
    assert "\n" not in said


def test_versions_are_said():
    assert "TensorFlow 2." in devices()


def test_what_failed_and_what_differs_is_named():
    assert compared("gan", [1.0, 0.5], [1.0, 0.501]) == "gan: plain and XLA agree, by 0.2 % of the loss in 3 iterations"
    assert "DIFFER" in compared("gan", [1.0, 0.5], [1.0, 0.6])
    assert (
        compared("wgan", "no deterministic kernel of Op", [1.0]) == "wgan: plain FAILED: no deterministic kernel of Op"
    )
    assert compared("wgan", [1.0], "out of memory").startswith("wgan: XLA FAILED: out of memory")


@pytest.mark.slow
def test_its_steps_run_where_there_is_no_gpu_too():
    found = losses("pretrain", jit=False)
    assert len(found) == 3
    assert all(map(math.isfinite, found))
