"""The perception-distortion front: the results that no other beats in one figure without being worse in the other."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


def front(points: Mapping[Key, tuple[float, float]]) -> list[Key]:
    """Find the points that no other dominates (Pareto; Blau & Michaeli 2018 draw it for distortion and perception).

    A point dominates another if it is as good in both coordinates and better in one. Of points in one place all are
    on the front, or none is.

    Args:
        points: name -> (x, y), both finite; a greater x is better, and a smaller y.

    Returns:
        The names on the front, from the least x to the greatest, so from the least y to the greatest too.
    """
    found: list[Key] = []
    least = (math.inf, math.inf)
    for key in sorted(points, key=lambda key: (-points[key][0], points[key][1])):
        if points[key][1] < least[1] or points[key] == least:
            found.append(key)
            least = points[key]
    return found[::-1]
