"""The free memory, and the largest tile that fits in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

SMALLEST = 32  # LR pixels of a tile's side, however little memory there is
LARGEST_TILE_BYTES = 2**30  # even with more memory: the surroundings of larger tiles cost little


def bytes_per_pixel(generator: Mapping[str, Any]) -> int:
    """Memory that a network needs besides a few hundred MB, in bytes for each LR pixel; a bit more than was measured.

    Args:
        generator: its description, see srgan.models.architecture.
    """
    return 52 * generator["filters"] + 4 * 3 * generator["scale"] ** 2


def affordable_tile(height: int, width: int, bytes_per_pixel: int, radius: int) -> int:
    """The largest side, in LR pixels, of a tile that fits in memory with its surroundings.

    It may take LARGEST_TILE_BYTES, or half of the free memory if that is less.

    Args:
        height: of the picture; if the whole picture fits, the result is its longer side.
        width: of the picture.
        bytes_per_pixel: see bytes_per_pixel.
        radius: see srgan.models.architecture.receptive_radius.
    """
    pixels = min(LARGEST_TILE_BYTES, free_memory() // 2) // bytes_per_pixel
    return max(height, width) if height * width <= pixels else max(SMALLEST, int(pixels**0.5) - 2 * radius)


def free_memory(cgroup: Path = Path("/sys/fs/cgroup")) -> int:
    """The bytes that this process can still take from the machine, or from its container (cgroup v2) if it has less."""
    free = psutil.virtual_memory().available
    try:
        limit = (cgroup / "memory.max").read_text(encoding="ascii").strip()
        used = int((cgroup / "memory.current").read_text(encoding="ascii"))
    except (OSError, ValueError):  # not Linux, or not in a container
        return free
    return free if limit == "max" else min(free, max(0, int(limit) - used))
