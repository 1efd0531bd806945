"""`upscale` called wrongly: a sentence each."""

import numpy as np
import pytest
from PIL import Image

from srgan.__main__ import main
from tests.commands.upscaling import run


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere", "-o", "out"], "nowhere: no such file or folder; check the path"),
        (["no*.png", "-o", "out"], "no*.png: no picture matches this pattern"),
        (["https://example.com/a.jpg", "-o", "out"], "https://example.com/a.jpg: is an address; download the picture"),
        (["photos/a.png", "-o", "\udcfd"], "-o '\\udcfd': the name is not UTF-8; give another"),
        (["photos/a.png", "-o", "there"], "there/a.png: is a folder, so the result of photos/a.png cannot be there"),
        (["photos", "-o", "out", "--model", ""], "--model is empty; name a network, or leave the option out"),
        (["empty", "-o", "out"], "empty: no pictures in this folder or its subfolders"),
        (
            ["photos", "-o", "out", "--model", "nothing"],
            "nothing: no trained network there; a network is pretrain",
        ),
        (["photos", "-o", "out.png"], "-o out.png: is a file, but 2 pictures are to be enlarged"),
        (["photos", "-o", "photos"], "-o photos: the pictures are there, so results would be enlarged again; name"),
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
    (photos.parent / "there/a.png").mkdir(parents=True)
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
        (["--out", ""], "argument -o/--out: is empty; name a file or a folder"),
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
