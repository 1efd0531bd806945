"""Benchmark sets of one name, told apart by the photographs that experiments were measured on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from srgan.experiments.read import Experiment

SHOWN = 8  # hexadecimal digits of a digest
UNKNOWN = "not recorded"  # by an earlier version of the stage evaluate


def split_by_photographs(experiments: Sequence[Experiment]) -> tuple[list[Experiment], dict[str, list[str]]]:
    """Give a set a name for each collection of photographs that it had, where it had several.

    Figures on different photographs have no common front. Results that do not record
    their photographs form a group of their own.

    Returns:
        The experiments with their sets renamed; and set -> its names, one where all experiments were measured on the
        same photographs.
    """
    digests: dict[str, dict[str, None]] = {}
    for experiment in experiments:
        for name in experiment.means:
            digests.setdefault(name, {})[experiment.photographs.get(name, UNKNOWN)] = None
    names = {name: _names(name, list(found)) for name, found in digests.items()}
    renamed = [
        replace(
            experiment,
            means={
                names[name][experiment.photographs.get(name, UNKNOWN)]: models
                for name, models in experiment.means.items()
            },
        )
        for experiment in experiments
    ]
    return renamed, {name: list(of_digest.values()) for name, of_digest in names.items()}


def _names(name: str, digests: Sequence[str]) -> dict[str, str]:
    """Digest -> what the set is called."""
    if len(digests) == 1:
        return {digests[0]: name}
    return {digest: f"{name}, photographs {digest if digest == UNKNOWN else digest[:SHOWN]}" for digest in digests}
