"""The short form of tests/soak/__main__.py: a pipeline that is killed ends with the bytes of one that is not."""

import itertools
import signal
import time

import pytest

from tests.soak.__main__ import SIGNALS, TRIGGERS, Kill, plan, soak


def test_every_phase_meets_every_signal_in_another_order_for_another_seed():
    def kills(seed):
        return list(itertools.islice(plan(seed), len(TRIGGERS) * len(SIGNALS)))

    assert {(kill.phase, kill.number) for kill in kills(1)} == {(p, n) for p in TRIGGERS for n in SIGNALS}
    assert kills(1) == kills(1) != kills(2)


@pytest.mark.slow
def test_three_kills_of_the_first_stages(tmp_path, repository, capsys):
    kills = [
        Kill("checkpoint", signal.SIGKILL, 0.0),
        Kill("training", signal.SIGINT, 0.0),
        Kill("recording", signal.SIGKILL, 0.1),
    ]
    assert soak(repository, tmp_path, iter(kills), len(kills), time.monotonic() + 600, target="pretrain")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1:4] for line in lines[1:4]] == [
        ["SIGKILL", "checkpoint", "pretrain"],
        ["SIGINT", "training", "pretrain"],
        ["SIGKILL", "recording", "pretrain"],
    ]
    assert lines[4] == "pass 1: the same"
