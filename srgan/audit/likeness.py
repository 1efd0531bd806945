"""Which photographs look alike, by the distance of their perceptual hashes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

HASH_SIDE = 16
HASH_BITS = HASH_SIDE**2
# Bits in which two hashes of the same picture differ at most. Among 1,473 photographs of BSDS500, ImageNet and others,
# no two of different scenes differed in fewer than 88; a photograph and itself at half the size and JPEG quality 40
# differed in at most 22, and without 2 % at every border in 40 (median).
ALIKE = 48
BLOCK = 64  # hashes compared with all others at a time


class Leak(NamedTuple):
    """A training photograph that looks like a benchmark photograph."""

    trained: int
    measured: int
    bits: int


def groups(hashes: Sequence[bytes]) -> list[list[int]]:
    """Group photographs that look alike, directly or through others.

    Args:
        hashes: of all photographs, of one length; an empty one is like none.

    Returns:
        Groups of at least two indices, each in order, in the order of their first.
    """
    known = sorted((each, index) for index, each in enumerate(hashes) if each)
    same = [[index for _, index in equal] for _, equal in groupby(known, key=lambda pair: pair[0])]
    words = _words([hashes[members[0]] for members in same])  # (n, words), every hash once
    pairs = [
        (start + row, start + column)
        for start, distances in _blocks(words, words)
        for row, column in np.argwhere(distances[:, start:] <= ALIKE)
    ]
    rows, columns = np.array(pairs, dtype=int).reshape(-1, 2).T
    edges = coo_array((np.ones(len(pairs), bool), (rows, columns)), shape=(len(same), len(same)))
    _, labels = connected_components(edges, directed=False)
    merged: dict[int, list[int]] = {}
    for label, members in zip(labels, same, strict=True):
        merged.setdefault(int(label), []).extend(members)
    return sorted(sorted(members) for members in merged.values() if len(members) > 1)


def leaks(trained: Sequence[bytes], measured: Sequence[bytes]) -> list[Leak]:
    """Each training photograph that looks like one that is measured on, with the one that it is most like.

    Args:
        trained: hashes of the training photographs; an empty one is like none.
        measured: hashes of a benchmark's photographs.
    """
    here = [index for index, each in enumerate(trained) if each]
    there = [index for index, each in enumerate(measured) if each]
    if not there:
        return []
    found = []
    for start, distances in _blocks(_words([trained[i] for i in here]), _words([measured[i] for i in there])):
        nearest = distances.argmin(axis=1)
        for row in np.flatnonzero(distances.min(axis=1) <= ALIKE):
            column = nearest[row]
            found.append(Leak(here[start + row], there[column], int(distances[row, column])))
    return found


def _words(hashes: Sequence[bytes]) -> np.ndarray:
    """Hashes as rows of whole numbers: uint64 (n, bits / 64)."""
    return np.frombuffer(b"".join(hashes), np.uint64).reshape(len(hashes), -1 if hashes else 1)


def _blocks(words: np.ndarray, others: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Bits in which hashes differ: the first row of each block and uint16 (rows, len(others))."""
    for start in range(0, len(words), BLOCK):
        differing = np.zeros((len(words[start : start + BLOCK]), len(others)), np.uint16)
        for column in range(words.shape[1]):
            differing += np.bitwise_count(words[start : start + BLOCK, column, np.newaxis] ^ others[:, column])
        yield start, differing
