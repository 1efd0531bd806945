"""Tiles fit in the memory there is."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from srgan.inference import memory
from srgan.inference.memory import affordable_tile, bytes_per_pixel, free_memory


def test_tiles_fit_in_half_of_the_free_memory(monkeypatch):
    monkeypatch.setattr(memory, "free_memory", lambda: 2 * 10_000 * 400)
    assert affordable_tile(20, 20, 10_000, 5) == 20  # all of it, just
    assert affordable_tile(21, 20, 10_000, 5) == memory.SMALLEST
    monkeypatch.setattr(memory, "free_memory", lambda: 2 * 10_000 * 200**2)
    assert affordable_tile(1000, 1000, 10_000, 40) == 200 - 2 * 40
    assert affordable_tile(10, 4000, 10_000, 40) == 4000  # a strip of as many pixels


@pytest.mark.parametrize(("limit", "used", "free"), [("3000", "1000", 2000), ("500", "1000", 0), ("max", "1000", None)])
def test_a_container_s_limit_counts(tmp_path, monkeypatch, limit, used, free):
    machine = SimpleNamespace(available=10_000)
    monkeypatch.setattr(memory.psutil, "virtual_memory", lambda: machine)
    assert free_memory(tmp_path) == machine.available  # no such files: no container
    (tmp_path / "memory.max").write_text(limit + "\n")
    (tmp_path / "memory.current").write_text(used + "\n")
    assert free_memory(tmp_path) == (machine.available if free is None else free)


def test_a_tile_takes_no_more_than_a_gibibyte(monkeypatch):
    monkeypatch.setattr(memory, "free_memory", lambda: 2**51)
    assert affordable_tile(10**5, 10**5, 2**10, 12) == 1024 - 2 * 12


PEAK = """
import sys
from pathlib import Path
import numpy as np
from srgan.inference.network import as_function
from tests.networks import random_network
network = as_function(*random_network(blocks=2, filters=64))
network(np.zeros((int(sys.argv[1]), int(sys.argv[1]), 3), "float32"))
print(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])  # kB; getrusage's is the parent's too
"""


def test_a_network_needs_no_more_memory_than_is_said(repository):
    """Its peak in a process of its own, for 512 x 512 pixels over that for 128 x 128."""

    def peak(side):
        command = [sys.executable, "-c", PEAK, str(side)]
        return 1024 * int(subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True).stdout)

    a_pixel = (peak(512) - peak(128)) / (512**2 - 128**2)
    said = bytes_per_pixel({"scale": 4, "filters": 64})
    assert 0.5 * said < a_pixel < said
