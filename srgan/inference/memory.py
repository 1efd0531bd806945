"""How much memory there is, and how large a tile fits in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

SMALLEST = 32  # LR pixels of a tile's side, however little memory there is
LARGEST_TILE_BYTES = 2**30  # however much memory there is: the surroundings of larger tiles hardly weigh any more


def bytes_per_pixel(generator: Mapping[str, Any]) -> int:
    """Memory that a network needs beside a few hundred MB, in bytes for each LR pixel, and somewhat more than measured.

    Args:
        generator: its description, see srgan.models.architecture.
    """
    return 52 * generator["filters"] + 4 * 3 * generator["scale"] ** 2


def affordable_tile(height: int, width: int, bytes_per_pixel: int, radius: int) -> int:
    """The largest side, in LR pixels, of a tile that fits in memory with its surroundings.

    It may take LARGEST_TILE_BYTES, or half of the free memory where that is less.

    Args:
        height: of the picture; if all of it fits, its longer side is the answer.
        width: of the picture.
        bytes_per_pixel: see bytes_per_pixel.
        radius: see srgan.models.architecture.receptive_radius.
    """
    pixels = min(LARGEST_TILE_BYTES, free_memory() // 2) // bytes_per_pixel
    return max(height, width) if height * width <= pixels else max(SMALLEST, int(pixels**0.5) - 2 * radius)


def free_memory(cgroup: Path = Path("/sys/fs/cgroup")) -> int:
    """Bytes this process can still take: of the machine, or of the container (cgroup v2) where that has less."""
    free = psutil.virtual_memory().available
    try:
        limit = (cgroup / "memory.max").read_text(encoding="ascii").strip()
        used = int((cgroup / "memory.current").read_text(encoding="ascii"))
    except (OSError, ValueError):  # not Linux, or not in a container
        return free
    return free if limit == "max" else min(free, max(0, int(limit) - used))
