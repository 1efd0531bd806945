"""python -m srgan upscale, as its users call it."""

import os
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from srgan.__main__ import main
from srgan.data.resize import enlarge
from srgan.models.generator import build_generator
from srgan.models.weights import save_networks


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A network that is exactly bicubic: with the bicubic skip, and untrained."""
    spec = {"scale": 4, "blocks": 1, "filters": 8, "norm": "batch", "skip": "bicubic"}
    folder = tmp_path_factory.mktemp("project") / "models" / "gan"
    save_networks(folder, {"generator": build_generator(**spec)}, {"generator": spec})
    return folder


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """A folder with a picture, one in a subfolder, a text, and a hidden one."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "photos"
    for name in ("a.png", "trip/b.jpg", ".hidden/c.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((6, 8, 3), 99, np.uint8)).save(folder / name)
    (folder / "notes.txt").write_text("no picture")
    return folder


def run(*arguments):
    return main(["upscale", *map(str, arguments)])


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_folder_with_its_subfolders(photos, model, tmp_path, capsys):
    assert run(photos, "-o", "out", "--model", model) == 0
    assert files(tmp_path / "out") == ["a.png", "trip/b.png"]
    assert Image.open("out/trip/b.png").size == (32, 24)
    assert "2 pictures enlarged into out" in capsys.readouterr().out


def test_what_is_there_is_skipped_unless_told_otherwise(photos, model, capsys):
    run(photos, "-o", "out", "--model", model)
    (photos.parent / "out/a.png").write_bytes(b"kept")
    assert run(photos, "-o", "out", "--model", model) == 0
    assert "0 pictures enlarged into out, 2 already there" in capsys.readouterr().out
    assert (photos.parent / "out/a.png").read_bytes() == b"kept"
    assert run(photos, "-o", "out", "--model", model, "--overwrite") == 0
    assert Image.open("out/a.png").size == (32, 24)


def test_one_broken_file_is_reported_and_the_others_are_done(photos, model, tmp_path, capsys):
    (photos / "broken.png").write_bytes((photos / "a.png").read_bytes()[:40])
    assert run(photos, "-o", "out", "--model", model) == 1
    assert files(tmp_path / "out") == ["a.png", "trip/b.png"]
    shown = capsys.readouterr()
    assert "2 pictures enlarged" in shown.out
    assert "error: 1 picture of 3 failed:" in shown.err
    assert "broken.png: " in shown.err


def test_files_and_patterns(photos, model, tmp_path):
    assert run(photos / "a.png", "photos/**/*.jpg", "-o", "out", "--model", model, "--format", "webp") == 0
    assert files(tmp_path / "out") == ["a.webp", "b.webp"]


def test_one_picture_into_a_named_file(photos, model, tmp_path):
    assert run(photos / "a.png", "-o", "new/large.jpeg", "--model", model) == 0
    assert Image.open(tmp_path / "new/large.jpeg").format == "JPEG"


def test_an_output_folder_inside_the_input_is_no_input(photos, model):
    for _ in range(2):
        assert run(photos, "-o", photos / "large", "--model", model, "--overwrite") == 0
    assert files(photos / "large") == ["a.png", "trip/b.png"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere", "-o", "out"], "nowhere: no such file or folder, and no picture matches it as a pattern"),
        (["empty", "-o", "out"], "empty: no pictures in this folder or its subfolders"),
        (["photos", "-o", "out", "--model", "nothing"], "nothing: no trained network there; --model takes a stage"),
        (["photos", "-o", "out.png"], "-o out.png: is a file, but 2 pictures are to be enlarged"),
        (["photos", "-o", "photos/notes.txt"], "photos/notes.txt: is a file, so no folder can be there; name another"),
        (["photos/a.png", "-o", "out.png", "--format", "jpg"], "-o out.png: its suffix and --format jpg disagree"),
        (["photos/a.png", "-o", "out.bmp"], "-o out.bmp: results are written as png, jpg, webp or tif, not as bmp"),
        (["photos/a.png", "-o", "photos"], "photos/a.png: the result would replace the picture itself"),
        (["photos/a.png", "other/a.tif", "-o", "out", "--format", "png"], "would both become out/a.png"),
        (["photos", "-o", "out", "--model", "models:/nothing@best"], "models:/nothing@best: not in MLflow's store"),
    ],
)
def test_mistakes_are_sentences(photos, model, capsys, arguments, message):
    (photos.parent / "empty").mkdir()
    (photos.parent / "other").mkdir()
    Image.fromarray(np.zeros((6, 8, 3), np.uint8)).save(photos.parent / "other/a.tif")
    assert main(["upscale", *arguments]) == 1
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("tile", ["0", "-3", "4.5", "large"])
def test_a_wrong_tile_is_refused(photos, tile, capsys):
    with pytest.raises(SystemExit) as stopped:
        run(photos, "-o", "out", "--tile", tile)
    assert stopped.value.code == 2
    assert "is not a whole number of at least 16" in capsys.readouterr().err


def test_a_stage_by_its_name_from_a_shell(photos, model, tmp_path, repository):
    """As a user calls it: in a project's folder, with a trained stage; nothing but the result on the terminal."""
    environment = os.environ | {"PYTHONPATH": str(repository)}
    command = [sys.executable, "-m", "srgan", "upscale", str(photos), "-o", str(tmp_path / "out"), "--model", "gan"]
    done = subprocess.run(command, cwd=model.parent.parent, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == f"2 pictures enlarged into {tmp_path / 'out'}\n"
    assert done.stderr == ""
    a = np.asarray(Image.open(tmp_path / "out/a.png"))
    assert np.abs(a.astype(int) - enlarge(np.full((6, 8, 3), 99, np.uint8), 4)).max() <= 1


@pytest.mark.parametrize("arguments", [["--help"], ["upscale", "--help"], ["--version"]])
def test_help_comes_at_once(repository, arguments):
    """Half a second, and a third of that is Python's own start: nothing large is imported for it."""

    def once():
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "srgan", *arguments], cwd=repository, capture_output=True, check=True)
        return time.perf_counter() - start

    assert min(once() for _ in range(3)) < 0.5
