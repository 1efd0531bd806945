"""python -m srgan upscale, as its users call it."""

import os
import shutil
import signal
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
from srgan.inference import pictures, watch
from srgan.inference.enlarger import Enlarger
from srgan.inference.shipped import SHIPPED
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


def test_jpegs_get_the_network_for_them_unless_one_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    lr = shrink(skimage.data.chelsea()[:64, :96], 4)
    for name, options in {"a.png": {}, "b.jpg": {"quality": 75}, "c.jpg": {"quality": 95}}.items():
        (tmp_path / "photos").mkdir(exist_ok=True)
        Image.fromarray(lr).save(tmp_path / "photos" / name, **options)
    assert run("photos", "-o", "out") == 0
    said = "; by the network photo: a JPEG of quality 75 (--model names another)"
    assert capsys.readouterr().out == f"3 pictures enlarged into out{said}\n"
    for name, network in (("a.png", "pretrain"), ("b.jpg", "photo"), ("c.jpg", "pretrain")):
        Enlarger(SHIPPED / network).enlarge(tmp_path / "photos" / name, tmp_path / "expected.png")
        assert (tmp_path / "out" / name).with_suffix(".png").read_bytes() == (tmp_path / "expected.png").read_bytes()
    shutil.copy("photos/b.jpg", "photos/d.jpg")
    Path("photos/e.jpg").write_bytes(Path("photos/b.jpg").read_bytes()[:-99])  # is not enlarged by any network
    assert run("photos", "-o", "cut") == 1
    assert (
        "4 pictures enlarged into cut; by the network photo: 2 JPEGs of a quality below 90" in capsys.readouterr().out
    )
    Path("photos/e.jpg").unlink()
    run("photos", "-o", "again", "--strength", "0.5", "--model", "photo")
    assert capsys.readouterr().out == "4 pictures enlarged into again\n"
    run("photos/b.jpg", "photos/d.jpg", "-o", "both")
    assert "by the network photo: 2 JPEGs of a quality below 90 (--model" in capsys.readouterr().out
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


def fail_at(monkeypatch, name, error):
    """Let the enlargement of a file with this name raise an error."""
    enlarge_file = Enlarger.enlarge

    def failing(self, source, *arguments):
        if source.name == name:
            raise error
        return enlarge_file(self, source, *arguments)

    monkeypatch.setattr(Enlarger, "enlarge", failing)


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


def test_ctrl_c_ends_all(photos, model, tmp_path, monkeypatch):
    fail_at(monkeypatch, "a.png", KeyboardInterrupt())
    assert run(photos, "-o", "out", "--model", model) == 130
    assert not (tmp_path / "out/trip").exists()


def looks(count):
    """Arrivals of a watch that looks so many times, until Ctrl-C, and takes what it sees as complete."""

    def arrivals(pairs):
        for _ in range(count):
            yield from (pair for pair in pairs() if not pair[1].exists())
        raise KeyboardInterrupt

    return arrivals


def test_an_error_that_nobody_expected_does_not_end_a_watch(photos, model, monkeypatch, capsys):
    monkeypatch.setattr(watch, "arrivals", looks(1))
    fail_at(monkeypatch, "a.png", IndexError("index out of range"))
    assert run("photos", "-o", "out", "--model", model, "--watch") == 0
    shown = capsys.readouterr()
    assert "error: photos/a.png: failed unexpectedly (IndexError: index out of range)" in shown.err
    assert "photos/trip/b.jpg -> out/trip/b.png\n" in shown.out


def test_files_and_patterns(photos, model, tmp_path):
    assert run(photos / "a.png", "photos/**/*.jpg", "-o", "out", "--model", model, "--format", "webp") == 0
    assert files(tmp_path / "out") == ["a.webp", "b.webp"]


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


@pytest.mark.parametrize("pattern", ["photos/**/*.[pj][np]g", "**/*.[pj][np]g"])
def test_an_output_folder_inside_what_a_pattern_matches_is_no_input(photos, model, pattern):
    for _ in range(2):
        assert run(pattern, "-o", photos / "large", "--model", model, "--overwrite") == 0
    assert files(photos / "large") == ["a.png", "b.png"]


@pytest.mark.parametrize("suffix", ["gif", "tif"])
def test_of_several_pages_the_first_is_enlarged_and_the_command_says_so(tmp_path, model, capsys, suffix):
    pages = [Image.new("RGB", (8, 6), colour) for colour in ("red", "blue", "green")]
    pages[0].save(tmp_path / f"pages.{suffix}", save_all=True, append_images=pages[1:])
    assert run(str(tmp_path / f"pages.{suffix}"), "-o", str(tmp_path / "out"), "--model", model) == 0
    said = capsys.readouterr()
    assert f"warning: {tmp_path}/pages.{suffix}: only the first of 3 pages or frames is enlarged\n" in said.err
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
        (["photos/a.png", "other/a.png", "-o", "out"], "would both become out/a.png.png; enlarge them into different"),
        (["photos/a.png", "-o", "larg.pgn"], "-o larg.pgn: .pgn is no format of a picture; did you mean larg.png? For"),
        (["photos/a.png", "-o", "-"], "-o -: is no file; a result is written to a file or a folder, not to a pipe"),
        (["photos/a.png", "-o", "/dev/null"], "-o /dev/null: is no file; a result is written to a file or a folder"),
        (["-", "-o", "out.png"], "-: is no file; a picture is read from a file, not from a pipe"),
        (["/dev/null", "-o", "out.png"], "/dev/null: is no file; a picture is read from a file, not from a pipe"),
        (
            ["photos", "-o", "out", "--model", "models:/nothing@best"],
            "models:/nothing@best: there is no MLflow store here",
        ),
    ],
)
def test_mistakes_are_sentences(photos, model, capsys, arguments, message):
    (photos.parent / "empty").mkdir()
    (photos.parent / "other").mkdir()
    Image.fromarray(np.zeros((6, 8, 3), np.uint8)).save(photos.parent / "other/a.png")
    assert main(["upscale", *arguments]) == 1
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("tile", ["0", "-3", "4.5", "large"])
def test_a_wrong_tile_is_refused(photos, tile, capsys):
    with pytest.raises(SystemExit) as stopped:
        run(photos, "-o", "out", "--tile", tile)
    assert stopped.value.code == 2
    assert "is not a whole number of at least 16" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--width", "0"], "'0' is not a whole number of at least 1"),
        (["--height", "1.5"], "'1.5' is not a whole number of at least 1"),
        (["--scale", "0.5"], "'0.5' is not a number of at least 1"),
        (["--scale", "nan"], "'nan' is not a number of at least 1"),
        (["--scale", "inf"], "'inf' is not a number of at least 1"),
        (["--strength", "2"], "'2' is not a number from 0 to 1"),
        (["--device", "tpu"], "invalid choice: 'tpu'"),
    ],
)
def test_a_wrong_number_is_refused(photos, arguments, message, capsys):
    with pytest.raises(SystemExit) as stopped:
        run(photos, "-o", "out", *arguments)
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--scale", "2", "--width", "9"], "--scale and --width or --height both say how large; leave one out"),
        (["--strength", "0.5"], "--strength mixes a network with SRResNet; name it with"),
        (
            ["--strength", "0.5", "--model", "gan"],
            "they have different architectures (blocks 1 and 16, filters 8 and 64)",
        ),
        (["--watch", "--overwrite"], "--watch and --overwrite do not go together"),
        (
            ["--watch", "-o", "out.png"],
            "-o out.png: is a file, and --watch enlarges more than one picture; give a folder",
        ),
    ],
)
def test_what_does_not_go_together_is_a_sentence(photos, model, monkeypatch, capsys, arguments, message):
    monkeypatch.setenv("DVC_ROOT", str(model.parent.parent))
    assert run(photos, "-o", "out", *arguments) == 1
    shown = capsys.readouterr().err
    assert message in shown or "they have different architectures (blocks 16 and 1, filters 64 and 8)" in shown
    assert not (photos.parent / "out").exists()


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


def test_a_watched_folder_from_a_shell(photos, model, tmp_path, repository):
    """What is there, what comes, a broken one; then Ctrl-C."""
    environment = os.environ | {"PYTHONPATH": str(repository)}
    command = [sys.executable, "-m", "srgan", "upscale", "photos", "-o", "out", "--model", str(model), "--watch"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Tests that run in the background have Ctrl-C ignored, and what they start has too.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    ) as watcher:
        try:
            lines = [watcher.stdout.readline() for _ in range(3)]
            (photos / "broken.png").write_bytes(b"no picture")
            Image.fromarray(np.full((6, 8, 3), 99, np.uint8)).save(photos / "later.png")
            lines.append(watcher.stdout.readline())
            watcher.send_signal(signal.SIGINT)
            rest, errors = watcher.communicate(timeout=60)
        finally:
            watcher.kill()
    assert lines == [
        "watching photos; Ctrl-C stops\n",
        "photos/a.png -> out/a.png\n",
        "photos/trip/b.jpg -> out/trip/b.png\n",
        "photos/later.png -> out/later.png\n",
    ]
    assert rest == "\n3 pictures enlarged into out\n"
    assert errors.startswith("error: photos/broken.png: not a picture")
    assert watcher.returncode == 0


def test_a_second_picture_of_the_same_name_while_watching(photos, model, tmp_path, monkeypatch, capsys):
    """The result of the first has its name already; from now on the names say which is which."""
    run("photos", "-o", "out", "--model", model)
    capsys.readouterr()
    shutil.copy(photos / "trip/b.jpg", photos / "a.jpg")
    shutil.copy(photos / "a.png", photos / "later.png")
    monkeypatch.setattr(watch, "arrivals", looks(3))
    assert run("photos", "-o", "out", "--model", model, "--watch") == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert "photos/a.jpg -> out/a.jpg.png\n" in shown.out
    assert "photos/later.png -> out/later.png\n" in shown.out
    assert files(tmp_path / "out") == ["a.jpg.png", "a.png", "a.png.png", "later.png", "trip/b.png"]


def test_a_watch_of_a_folder_that_is_still_empty(photos, model, monkeypatch, capsys):
    (photos.parent / "empty").mkdir()
    monkeypatch.setattr(watch, "arrivals", looks(2))
    assert run("empty", "-o", "out", "--model", model, "--watch") == 0
    assert run("empty", "-o", "out.png", "--model", model, "--watch") == 1
    assert "-o out.png: is a file, and --watch enlarges more than one picture" in capsys.readouterr().err


def test_a_stage_by_its_name_from_a_shell(photos, model, tmp_path, repository):
    """As a user calls it: in a project's folder, with a trained stage; nothing but the result on the terminal."""
    environment = os.environ | {"PYTHONPATH": str(repository)}
    command = [sys.executable, "-m", "srgan", "upscale", str(photos), "-o", str(tmp_path / "out"), "--model", "gan"]
    done = subprocess.run(command, cwd=model.parent.parent, env=environment, capture_output=True, text=True, check=True)
    own = "; by your own network models/gan (--model pretrained/gan names the one in the box)"
    assert done.stdout == f"2 pictures enlarged into {tmp_path / 'out'}{own}\n"
    assert done.stderr == ""
    a = np.asarray(Image.open(tmp_path / "out/a.png"))
    assert np.abs(a.astype(int) - enlarge(np.full((6, 8, 3), 99, np.uint8), 4)).max() <= 1


def test_killed_politely_it_leaves_nothing_half_written(photos, tmp_path, repository):
    """As by systemd and Docker."""
    Image.fromarray(np.zeros((1500, 1500, 3), np.uint8)).save(tmp_path / "heavy.png")
    command = [sys.executable, "-m", "srgan", "upscale", "heavy.png", "-o", "out", "--tile", "32"]
    environment = os.environ | {"PYTHONPATH": str(repository)}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as process:
        while not list((tmp_path / "out").glob(".*")):
            time.sleep(0.05)
        process.terminate()
        assert process.communicate(timeout=60)[1].endswith("interrupted\n")
    assert process.returncode == 130
    assert list((tmp_path / "out").iterdir()) == []


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
