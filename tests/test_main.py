"""How the command line ends where the system, not the user, stands in the way."""

import os
import subprocess
import sys

import pytest
from PIL import Image

from srgan.__main__ import main

LONG = "a" * 300  # more than a name may have


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with a picture."""
    Image.new("RGB", (8, 6)).save(tmp_path / "in.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def shell(repository, line):
    """Run a command line, in which srgan is the program."""
    environment = os.environ | {"PYTHONPATH": str(repository)}
    environment.pop("PYTHONUNBUFFERED", None)
    line = line.replace("srgan", f"{sys.executable} -m srgan")
    return subprocess.run(["bash", "-c", line], env=environment, capture_output=True, text=True, check=False)


def test_whoever_stops_reading_is_no_error(folder, repository):
    done = shell(repository, "srgan upscale in.png -o out.png | true; exit ${PIPESTATUS[0]}")
    assert (done.returncode, done.stderr) == (141, "")
    assert (folder / "out.png").exists()


@pytest.mark.parametrize("arguments", ["--help", "upscale --help"])
def test_nor_of_the_help(folder, repository, arguments):
    done = shell(repository, f"srgan {arguments} | true; exit ${{PIPESTATUS[0]}}")
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize("closed", ["2>&-", ">&-", ">&- 2>&-"])
def test_a_program_may_start_it_without_a_terminal(folder, repository, closed):
    done = shell(repository, f"srgan upscale in.png -o out.png {closed}")
    assert (done.returncode, done.stderr) == (0, "")
    assert (folder / "out.png").exists()


def test_no_room_for_temporary_files_is_no_fault_of_the_picture(folder, repository):
    done = shell(repository, "ulimit -f 300; srgan upscale in.png -o out.png")
    assert done.returncode == 1
    assert "cannot be written (File too large), and the network needs room there" in done.stderr
    assert "unexpectedly" not in done.stderr


def test_a_name_that_the_terminal_cannot_show_costs_no_result(folder, repository):
    (folder / "in.png").rename(folder / "grün.png")
    done = shell(repository, "PYTHONIOENCODING=ascii srgan upscale grün.png -o größer.png")
    assert (done.returncode, done.stdout) == (0, "1 picture enlarged into gr??er.png\n")
    assert (folder / "größer.png").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["shrink", LONG, "-o", "small"],
        ["shrink", "in.png", "-o", LONG],
        ["score", LONG, "in.png"],
        ["compare", "-o", f"{LONG}.html"],
        ["export", "--format", "onnx", "-o", f"{LONG}.onnx"],
        ["interpolate", "pretrained/pretrain", "pretrained/gan", "--alpha", "0.5", "-o", LONG],
        ["upscale", "in.png", "-o", "out.png", "--model", LONG],
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_path_that_the_system_refuses_is_named(folder, capsys, arguments):
    assert main(arguments) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert "File name too long" in said
    assert len(said.splitlines()) == 1
