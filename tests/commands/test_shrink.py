"""`srgan shrink`: the LR of benchmarks, for pictures and folders, and what it says of those that cannot be shrunk."""

import numpy as np
import pytest
from PIL import Image
from skimage import data

from srgan.__main__ import main
from srgan.data.resize import crop_to_multiple, shrink

CHELSEA = data.chelsea()[60:143, 100:202]  # (83, 102, 3): no multiples of 4 or of 3


@pytest.fixture
def photos(tmp_path):
    """A colour picture, and a grey one in a subfolder."""
    (tmp_path / "hr/deep").mkdir(parents=True)
    Image.fromarray(CHELSEA).save(tmp_path / "hr/a.png")
    Image.fromarray(CHELSEA[..., 1]).save(tmp_path / "hr/deep/b.tif")
    return tmp_path / "hr"


@pytest.mark.parametrize(("scale", "size"), [([], (20, 25, 3)), (["--scale", "3"], (27, 34, 3))])
def test_a_folder_becomes_what_the_exact_resize_makes_of_it(photos, tmp_path, capsys, scale, size):
    assert main(["shrink", str(photos), "-o", str(tmp_path / "lr"), *scale]) == 0
    factor = int(scale[1]) if scale else 4
    a, b = (np.asarray(Image.open(tmp_path / "lr" / name)) for name in ("a.png", "deep/b.png"))
    assert a.shape == size
    assert (a == shrink(crop_to_multiple(CHELSEA, factor), factor)).all()
    assert (b == shrink(crop_to_multiple(CHELSEA[..., 1], factor), factor)).all()
    assert f"2 pictures shrunk into {tmp_path / 'lr'}" in capsys.readouterr().out


def test_what_is_shrunk_enlarged_and_scored_are_a_chain(photos, tmp_path, capsys):
    lr, sr = tmp_path / "lr.png", tmp_path / "sr.png"
    assert main(["shrink", str(photos / "a.png"), "-o", str(lr)]) == 0
    assert main(["upscale", str(lr), "-o", str(sr), "--model", "pretrain"]) == 0
    assert Image.open(sr).size == (100, 80)
    capsys.readouterr()
    assert main(["score", str(photos / "a.png"), str(sr)]) == 0
    assert float(capsys.readouterr().out.splitlines()[1].split()[1]) > 29  # dB; bicubic has 28.3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["hr", "-o", "hr"], "the result would replace the original"),
        (["hr/a.png", "-o", "hr/a.png", "--overwrite"], "the result would replace the original"),
        (["hr", "-o", "lr.png"], "give a folder"),
        (["hr/a.png", "-o", "lr.jpg"], "-o lr.jpg: results are written as png, not as jpg; end the name in .png"),
        (["nothing", "-o", "lr"], "nothing: no such file"),
        (["empty", "-o", "lr"], "empty: no pictures"),
        (
            ["hr/a.png", "-o", "full/folder"],
            "full/folder/a.png: is a folder, so the result of hr/a.png cannot be",
        ),
        (["tiny.png", "-o", "lr"], "tiny.png: too small to be shrunk by 4"),
    ],
)
def test_mistakes(photos, tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    for folder in ("empty", "full/folder/a.png"):
        (tmp_path / folder).mkdir(parents=True)
    Image.fromarray(CHELSEA[:3]).save("tiny.png")
    before = sorted((path, path.stat().st_mtime_ns) for path in tmp_path.rglob("*"))
    assert main(["shrink", *arguments]) == 1
    assert said in capsys.readouterr().err
    assert sorted((path, path.stat().st_mtime_ns) for path in tmp_path.rglob("*")) == before


def test_results_inside_the_folder_are_no_originals(photos, capsys):
    for _ in range(2):
        assert main(["shrink", str(photos), "-o", str(photos / "lr"), "--overwrite"]) == 0
        assert "2 pictures shrunk" in capsys.readouterr().out
    assert not (photos / "lr/lr").exists()


def test_what_is_there_is_skipped_unless_told_otherwise(photos, tmp_path, capsys):
    for more, said in (([], "2 pictures"), ([], "0 pictures"), (["--overwrite"], "2 pictures")):
        assert main(["shrink", str(photos), "-o", str(tmp_path / "lr"), *more]) == 0
        shown = capsys.readouterr().out
        assert shown.startswith(f"{said} shrunk into")
        assert (", 2 already there (--overwrite does them again)" in shown) == (said == "0 pictures")


def test_a_broken_picture_keeps_no_other_from_being_shrunk(photos, tmp_path, capsys):
    (photos / "a0.png").write_bytes(b"no picture")
    assert main(["shrink", str(photos), "-o", str(tmp_path / "lr")]) == 1
    shown = capsys.readouterr()
    assert "2 pictures shrunk" in shown.out
    assert "1 of 3 failed:" in shown.err
    assert f"{photos / 'a0.png'}: not a picture" in shown.err
    assert sorted(path.name for path in (tmp_path / "lr").rglob("*.png")) == ["a.png", "b.png"]
