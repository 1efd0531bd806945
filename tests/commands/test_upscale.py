"""python -m srgan upscale, as its users call it: what it finds, by which network, how large, what it says."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image

from srgan.__main__ import main
from srgan.data.resize import enlarge, shrink
from srgan.inference import pictures
from srgan.inference.enlarger import Enlarger
from srgan.inference.shipped import SHIPPED
from tests.commands.upscaling import fail_at, run
from tests.folders import files


def test_a_folder_with_its_subfolders(photos, model, tmp_path, capsys):
    assert run(photos, "-o", "out", "--model", model) == 0
    assert files(tmp_path / "out") == ["a.png", "trip/b.png"]
    assert Image.open("out/trip/b.png").size == (32, 24)
    assert "2 pictures enlarged into out" in capsys.readouterr().out


def test_jpegs_get_the_network_for_them_unless_one_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    lr = shrink(skimage.data.chelsea()[:64, :96], 4)
    for name, options in {"a.png": {}, "b.jpg": {"quality": 75}, "c.jpg": {"quality": 95}}.items():
        (tmp_path / "photos").mkdir(exist_ok=True)
        Image.fromarray(lr).save(tmp_path / "photos" / name, **options)
    assert run("photos", "-o", "out") == 0
    said = "one of them by the network photo: b.jpg, a JPEG of quality 75 (--model names another)"
    assert capsys.readouterr().out == f"3 pictures enlarged into out; {said}\n"
    for name, network in (("a.png", "pretrain"), ("b.jpg", "photo"), ("c.jpg", "pretrain")):
        Enlarger(SHIPPED / network).enlarge(tmp_path / "photos" / name, tmp_path / "expected.png")
        assert (tmp_path / "out" / name).with_suffix(".png").read_bytes() == (tmp_path / "expected.png").read_bytes()
    shutil.copy("photos/b.jpg", "photos/d.jpg")
    Path("photos/e.jpg").write_bytes(Path("photos/b.jpg").read_bytes()[:-99])  # is not enlarged by any network
    assert run("photos", "-o", "cut") == 1
    said = "4 pictures enlarged into cut; 2 of them by the network photo: JPEGs of a quality below 90 (--model"
    assert said in capsys.readouterr().out
    Path("photos/e.jpg").unlink()
    run("photos", "-o", "again", "--strength", "0.5", "--model", "photo")
    assert capsys.readouterr().out == "4 pictures enlarged into again\n"
    run("photos/b.jpg", "photos/d.jpg", "-o", "both")
    assert "; all by the network photo: JPEGs of a quality below 90 (--model" in capsys.readouterr().out
    run("photos/b.jpg", "-o", "one.png")
    said = "; by the network photo: a JPEG of quality 75 (--model names another)"
    assert capsys.readouterr().out == f"1 picture enlarged into one.png{said}\n"
    assert run("photos", "-o", "mixed", "--strength", "0.5") == 1
    assert "--strength mixes a network with SRResNet" in capsys.readouterr().err


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


def test_an_error_that_nobody_expected_is_reported_and_the_others_are_done(
    photos, model, tmp_path, monkeypatch, capsys
):
    fail_at(monkeypatch, "a.png", IndexError("index out of range"))
    assert run(photos, "-o", "out", "--model", model) == 1
    assert files(tmp_path / "out") == ["trip/b.png"]
    shown = capsys.readouterr()
    assert "1 picture enlarged" in shown.out
    assert "error: 1 picture of 2 failed:" in shown.err
    assert (
        f"  {photos / 'a.png'}: failed unexpectedly (IndexError: index out of range); please report this" in shown.err
    )


def test_an_error_that_nobody_expected_before_the_first_is_enlarged(photos, model, tmp_path, monkeypatch, capsys):
    def failing(path):
        if path.name == "a.png":
            raise IndexError("index out of range")
        return 48

    monkeypatch.setattr(pictures, "pixel_count", failing)
    assert run(photos, "-o", "out", "--model", model) == 1
    assert files(tmp_path / "out") == ["trip/b.png"]
    assert "a.png: failed unexpectedly (IndexError: index out of range)" in capsys.readouterr().err


def test_files_and_patterns(photos, model, tmp_path):
    assert run(photos / "a.png", "photos/**/*.jpg", "-o", "out", "--model", model, "--format", "webp") == 0
    assert files(tmp_path / "out") == ["a.webp", "trip/b.webp"]


def test_of_a_pattern_the_folders_are_kept_as_of_a_folder(photos, model, tmp_path):
    """Cameras count their pictures anew in each folder."""
    (photos / "walk").mkdir()
    shutil.copy(photos / "trip/b.jpg", photos / "walk/b.jpg")
    assert run("photos/**/*.jpg", "-o", "out", "--model", model) == 0
    assert files(tmp_path / "out") == ["trip/b.png", "walk/b.png"]


def test_one_picture_into_a_named_file(photos, model, tmp_path):
    assert run(photos / "a.png", "-o", "new/large.jpeg", "--model", model) == 0
    assert Image.open(tmp_path / "new/large.jpeg").format == "JPEG"


def test_of_two_of_the_same_name_the_results_say_which_is_which(photos, model, tmp_path):
    shutil.copy(photos / "trip/b.jpg", photos / "a.jpg")
    assert run(photos, "-o", "out", "--model", model) == 0
    assert files(tmp_path / "out") == ["a.jpg.png", "a.png.png", "trip/b.png"]


def test_an_output_folder_inside_the_input_is_no_input(photos, model):
    for _ in range(2):
        assert run(photos, "-o", photos / "large", "--model", model, "--overwrite") == 0
    assert files(photos / "large") == ["a.png", "trip/b.png"]


@pytest.mark.parametrize(("pattern", "place"), [("photos/**/*.[pj][np]g", ""), ("**/*.[pj][np]g", "photos/")])
def test_an_output_folder_inside_what_a_pattern_matches_is_no_input(photos, model, pattern, place):
    for _ in range(2):
        assert run(pattern, "-o", photos / "large", "--model", model, "--overwrite") == 0
    assert files(photos / "large") == [f"{place}a.png", f"{place}trip/b.png"]


@pytest.mark.parametrize("suffix", ["gif", "tif"])
def test_of_several_pages_the_first_is_enlarged_and_the_command_says_so(tmp_path, model, capsys, suffix):
    pages = [Image.new("RGB", (8, 6), colour) for colour in ("red", "blue", "green")]
    pages[0].save(tmp_path / f"pages.{suffix}", save_all=True, append_images=pages[1:])
    assert run(str(tmp_path / f"pages.{suffix}"), "-o", str(tmp_path / "out"), "--model", model) == 0
    said = capsys.readouterr()
    assert f"warning: {tmp_path}/pages.{suffix}: only one of 3 pages or frames is enlarged\n" in said.err
    (result,) = (tmp_path / "out").iterdir()
    assert said.out == f"1 picture enlarged into {result}\n"
    assert Image.open(result).size == (32, 24)


@pytest.mark.parametrize("name", ["photos/trip", "photos/trip/*.jpg"])
def test_an_output_folder_around_the_input_takes_nothing_away(photos, model, name):
    assert run(name, "-o", "photos", "--model", model) == 0
    assert Image.open("photos/b.png").size == (32, 24)


def test_a_pattern_in_the_output_folder_itself(photos, model):
    for _ in range(2):
        assert run("photos/trip/*.jpg", "-o", "photos/trip", "--model", model) == 0
    assert files(photos / "trip") == ["b.jpg", "b.png"]


def test_sizes_and_what_is_too_large_for_one_picture(photos, model, capsys):
    """The pictures are 8 x 6 pixels, and one is 40 x 30."""
    Image.fromarray(np.full((30, 40, 3), 99, np.uint8)).save(photos / "large.png")
    assert run(photos, "-o", "out", "--model", model, "--width", 50) == 1
    assert Image.open("out/large.png").size == (50, 38)
    shown = capsys.readouterr().err
    assert "2 pictures of 3 failed" in shown
    assert "a.png: 50 x 38 is asked for, and the network makes 32 x 24 of its 8 x 6" in shown


def test_strength_mixes_in_memory_what_interpolate_writes(tmp_path, monkeypatch):
    """pretrained/gan at 0.3 is the network that interpolate writes, and at 0 SRResNet."""
    monkeypatch.chdir(tmp_path)
    Image.fromarray(shrink(skimage.data.chelsea()[16:96, 128:224], 4)).save("in.png")
    assert main(["interpolate", "pretrained/pretrain", "pretrained/gan", "--alpha", "0.3", "-o", "mixed"]) == 0
    for out, arguments in {
        "strength": ["--model", "pretrained/gan", "--strength", "0.3"],
        "mixed": ["--model", "mixed"],
        "none": ["--model", "gan", "--strength", "0"],
        "srresnet": [],
        "gan": ["--model", "gan"],
    }.items():
        assert run("in.png", "-o", f"{out}.png", *arguments) == 0
    made = {path.stem: np.asarray(Image.open(path)).astype(int) for path in tmp_path.glob("*.png")}
    assert np.abs(made["strength"] - made["mixed"]).max() <= 1
    assert np.abs(made["none"] - made["srresnet"]).max() <= 1
    assert np.abs(made["gan"] - made["srresnet"]).max() > 5


def test_the_ensemble_has_the_picture_s_symmetries(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    half = np.random.default_rng(0).integers(0, 256, (10, 6, 3), np.uint8)
    Image.fromarray(np.concatenate([half, half[:, ::-1]], axis=1)).save("in.png")
    for out, arguments in {"one": [], "eight": ["--ensemble"]}.items():
        assert run("in.png", "-o", f"{out}.png", "--model", "gan", *arguments) == 0
    one, eight = (np.asarray(Image.open(f"{name}.png")).astype(int) for name in ("one", "eight"))
    assert np.abs(eight - eight[:, ::-1]).max() <= 1
    assert np.abs(one - one[:, ::-1]).max() > 1
    assert np.abs(one - eight).mean() < 15


def test_a_stage_by_its_name_from_a_shell(photos, model, tmp_path, repository):
    """As a user calls it: in a project's folder, with a trained stage; nothing but the result on the terminal."""
    environment = os.environ | {"PYTHONPATH": str(repository)}
    command = [sys.executable, "-m", "srgan", "upscale", str(photos), "-o", str(tmp_path / "out"), "--model", "gan"]
    done = subprocess.run(command, cwd=model.parent.parent, env=environment, capture_output=True, text=True, check=True)
    own = f"; by your own network {model} (--model pretrained/gan names the pretrained one)"
    assert done.stdout == f"2 pictures enlarged into {tmp_path / 'out'}{own}\n"
    assert done.stderr == ""
    a = np.asarray(Image.open(tmp_path / "out/a.png"))
    assert np.abs(a.astype(int) - enlarge(np.full((6, 8, 3), 99, np.uint8), 4)).max() <= 1


@pytest.mark.parametrize(
    "command",
    [
        ["upscale", "photos/a.png", "-o", "large.png"],
        ["interpolate", "pretrained/pretrain", "pretrained/gan", "--alpha", "0.5", "-o", "mixed"],
        ["export", "--format", "onnx"],
    ],
)
def test_nothing_of_the_training_is_imported(photos, repository, command):
    code = f"import sys; from srgan.__main__ import main; assert not main({command!r}); print(*sys.modules)"
    environment = os.environ | {"PYTHONPATH": str(repository)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"tensorflow", "keras", "mlflow", "dvc", "pandas", "scipy", "matplotlib"}


@pytest.mark.parametrize("arguments", [["--help"], ["upscale", "--help"], ["--version"]])
def test_help_comes_at_once(repository, arguments):
    """Half a second, and a third of that is Python's own start: nothing large is imported for it."""

    def once():
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "srgan", *arguments], cwd=repository, capture_output=True, check=True)
        return time.perf_counter() - start

    assert min(once() for _ in range(3)) < 0.5
