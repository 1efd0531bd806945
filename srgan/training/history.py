"""How long a network has learned: a long training goes on in parts, which model.json adds up."""

from __future__ import annotations

from typing import Any


def learned(trained: dict[str, Any], stage: str) -> tuple[int, int]:
    """The iterations of a network's training in one stage, and the crops in their batches, all parts together.

    Of two mixed networks the one that learned longer counts: in a training in parts it went on from the other.

    Args:
        trained: of the network's model.json.
        stage: the stage's name; a training in another one counts as none.
    """
    if "interpolated" in trained:
        return max(learned(part or {}, stage) for part in trained["interpolated"])
    if trained.get("stage") != stage:
        return 0, 0
    iterations, size = trained["iterations"], trained["batch_size"]
    earlier = trained.get("earlier_iterations", 0)
    return earlier + iterations, trained.get("earlier_crops", earlier * size) + iterations * size


def last_stage(trained: dict[str, Any]) -> str:
    """The stage that a network came out of; of mixed networks, that of the second."""
    while "interpolated" in trained:
        trained = trained["interpolated"][-1]
    return str(trained["stage"])
