"""All photographs of the training set and of the benchmarks, measured."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import joblib

from srgan.audit.likeness import Leak, groups, leaks
from srgan.audit.photograph import Photograph, Unreadable, measure
from srgan.data.listing import list_images
from srgan.parallel import in_parallel
from srgan.progress import Progress

PHOTOS_A_PROCESS = 64  # fewer are measured sooner than another process has started


@dataclass(frozen=True)
class Survey:
    """What is known of a set."""

    name: str
    folder: Path
    photographs: list[Photograph]
    unreadable: list[Unreadable]

    @property
    def hashes(self) -> list[bytes]:
        """The perceptual hashes of its photographs."""
        return [photograph.hash for photograph in self.photographs]


@dataclass(frozen=True)
class Audit:
    """What is known of all sets, and of what they have in common."""

    train: Survey
    benchmarks: list[Survey]
    patch: int  # px: the shortest side of which a patch can be cut
    duplicates: list[list[int]]  # groups of training photographs that look alike
    leaks: dict[str, list[Leak]]  # benchmark -> training photographs that look like one of its own


def survey(name: str, folder: Path, max_pixels: int, workers: int, backend: str) -> Survey:
    """Measure every photograph of a folder. At most one photograph per worker is in memory.

    Args:
        name: of the set.
        folder: its photographs, subfolders included.
        max_pixels: a photograph with more counts as unreadable.
        workers: how many photographs to work on at once; -1: as many as there are cores.
        backend: joblib's.

    Raises:
        UserError: the backend is not installed.
    """
    names = [path.relative_to(folder).as_posix() for path in list_images(folder)]
    tasks = (joblib.delayed(measure)(folder, each, max_pixels) for each in names)
    photographs: list[Photograph] = []
    unreadable: list[Unreadable] = []
    with (
        Progress(f"measure {name}", len(names), unit="photo") as progress,
        contextlib.closing(in_parallel(tasks, workers, backend, len(names) // PHOTOS_A_PROCESS)) as results,
    ):
        for result in results:
            if isinstance(result, Photograph):
                photographs.append(result)
            else:
                unreadable.append(result)
            progress.advance()
            progress.report()
    return Survey(name, folder, photographs, unreadable)


def audit(train: Survey, benchmarks: Sequence[Survey], patch: int) -> Audit:
    """Compare the photographs of all sets.

    Args:
        train: of the training set.
        benchmarks: of the sets that are measured on.
        patch: px, the shortest side of which a patch can be cut.
    """
    alike = {each.name: leaks(train.hashes, each.hashes) for each in benchmarks}
    return Audit(train, list(benchmarks), patch, groups(train.hashes), alike)
