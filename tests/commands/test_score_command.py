"""`python -m srgan score`: any two folders of pictures, and what it says of those that cannot be compared."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from skimage import data

from srgan.__main__ import main
from srgan.data.resize import crop_to_multiple, enlarge, shrink
from srgan.errors import UserError
from srgan.evaluation.folders import pair_up, score_pairs
from srgan.metrics.perceptual import PerceptualDistance
from srgan.metrics.score import score, text_table

CHELSEA = data.chelsea()


@pytest.fixture
def folders(tmp_path):
    """Originals whose sides are no multiples of 4, one of them grey and in a subfolder, and bicubic's of them."""
    photos = {"a": CHELSEA[60:143, 100:202], "deep/b": CHELSEA[100:180, 200:290, 1]}
    for name, photo in photos.items():
        cropped = crop_to_multiple(photo, 4)
        for folder, picture in (("hr", photo), ("sr", enlarge(shrink(cropped, 4), 4))):
            path = tmp_path / folder / f"{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(picture).save(path)
    return tmp_path


def test_the_table_and_the_csv_have_the_figures_of_the_pictures(folders, vgg16, capsys):
    out = folders / "scores.csv"
    assert main(["score", str(folders / "hr"), str(folders / "sr"), "-o", str(out)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:4]] == ["a", "deep/b", "mean"]
    assert lines[0].split("  ")[-1].strip() == "Spectral distance ↓"
    assert lines[4] == "Perceptual distance: features of VGG16 of ImageNet, fine-tuned for edges (HED, BSDS500)."

    hr = crop_to_multiple(CHELSEA[60:143, 100:202], 4)
    sr = enlarge(shrink(hr, 4), 4)
    expected = score(sr, hr, 4, {"perceptual_distance": PerceptualDistance(vgg16).to(hr)})
    written = pd.read_csv(out).set_index("image")
    assert written.loc["a"].to_dict() == pytest.approx(expected, abs=1e-6, nan_ok=True)
    assert f"{expected['psnr_y']:.2f}" in lines[1]
    assert f"{expected['perceptual_distance']:.3f}" in lines[1]
    assert f"{written.psnr_y.mean():.2f}" in lines[3]

    assert main(["score", str(folders / "hr"), str(folders / "sr"), "-o", str(out)]) == 1
    assert "--overwrite" in capsys.readouterr().err


def test_two_files_of_any_names(folders, capsys):
    assert main(["score", str(folders / "hr/a.png"), str(folders / "hr/a.png"), "--scale", "3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[:4] == ["a", "∞", "1.000", "∞"]
    assert len(lines) == 3


def test_suffixes_may_differ_and_colour_may_meet_grey(folders):
    Image.open(folders / "sr/a.png").convert("L").save(folders / "sr/a.webp", lossless=True)
    (folders / "sr/a.png").unlink()
    Image.open(folders / "sr/deep/b.png").convert("RGB").save(folders / "sr/deep/b.png")
    pairs = pair_up(folders / "hr", folders / "sr")
    assert {name: sr.suffix for name, (_, sr) in pairs.items()} == {"a": ".webp", "deep/b": ".png"}
    figures = dict(score_pairs(pairs, 4, {}))
    assert figures["a"]["psnr_y"] > figures["a"]["psnr_rgb"]
    assert figures["deep/b"]["psnr_y"] == figures["deep/b"]["psnr_rgb"]


def test_an_enlargement_of_the_whole_original_is_cropped_with_it(folders):
    Image.open(folders / "hr/a.png").save(folders / "sr/a.png")
    figures = dict(score_pairs(pair_up(folders / "hr/a.png", folders / "sr/a.png"), 4, {}))
    assert figures["a"]["psnr_y"] == np.inf


def broken(folders, fault):
    sr = folders / "sr"
    if fault == "no match":
        (sr / "a.png").rename(sr / "other.png")
    elif fault == "size":
        Image.open(sr / "a.png").resize((50, 40)).save(sr / "a.png")
    elif fault == "no picture":
        (sr / "a.png").write_text("text")
    elif fault == "small":
        for folder in ("hr", "sr"):
            Image.fromarray(CHELSEA[:16, :16]).save(folders / folder / "a.png")
    elif fault == "narrow":
        for folder in ("hr", "sr"):
            Image.fromarray(CHELSEA[:, :3]).save(folders / folder / "a.png")
    elif fault == "twice":
        Image.open(sr / "a.png").save(sr / "a.bmp")


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("no match", "has no picture called a; the two folders must have pictures of the same names"),
        ("size", "sr/a.png: 50 x 40 pixels cannot be compared with the 102 x 83 of"),
        ("no picture", "sr/a.png"),
        ("small", "hr/a.png: 16 x 16 pixels are too few to measure at scale 4; 19 a side are needed; leave it out"),
        ("narrow", "hr/a.png: 3 x 300 pixels are too few to measure"),
        ("twice", "a.bmp has the same name"),
    ],
)
def test_what_cannot_be_compared_is_a_sentence(folders, fault, message, capsys):
    broken(folders, fault)
    assert main(["score", str(folders / "hr"), str(folders / "sr"), "-o", str(folders / "scores.csv")]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
    assert not (folders / "scores.csv").exists()


def test_all_pairs_are_looked_at_before_the_first_is_measured(folders, monkeypatch):
    """`deep/b`, the second, is of a wrong size."""
    Image.fromarray(CHELSEA[:40, :40]).save(folders / "sr/deep/b.png")
    monkeypatch.setattr("srgan.evaluation.folders.score", lambda *_: pytest.fail("a picture was measured"))
    with pytest.raises(UserError, match="40 x 40 pixels cannot be compared"):
        next(score_pairs(pair_up(folders / "hr", folders / "sr"), 4, {}))


def test_wrong_arguments_are_a_sentence(folders, capsys):
    (folders / "empty").mkdir()
    for arguments, message in (
        (["hr", "nowhere"], "nowhere: no such file or folder"),
        (["hr", "sr/a.png"], "two pictures are compared, or two folders, not one of each"),
        (["empty", "sr"], "empty has no picture in it"),
        (["hr", "sr", "--features", "nowhere.h5"], "--features: 'nowhere.h5' is not a file"),
    ):
        paths = [str(folders / argument) for argument in arguments[:2]]
        assert main(["score", *paths, *arguments[2:]]) == 1
        assert message in capsys.readouterr().err


def test_a_message_names_five_pictures_and_counts_the_others(folders):
    for number in range(8):
        Image.fromarray(CHELSEA[:64, :64]).save(folders / f"hr/more{number}.png")
    with pytest.raises(Exception, match=r"called more0, more1, more2, more3, more4 and 3 more;"):
        pair_up(folders / "hr", folders / "sr")


def test_columns_stand_under_each_other():
    table = text_table(
        {"a": {"psnr_y": 31.456, "psnr_rgb": 30.0, "mesh": np.nan}, "longer": {"psnr_y": 9, "mesh": 0.5}}
    )
    assert table.splitlines() == [
        "        PSNR-Y, dB ↑  Mesh, levels ↓",
        "a              31.46               –",
        "longer          9.00            0.50",
    ]


def test_the_scale_is_the_one_that_is_given(folders, vgg16):
    out = folders / "scores.csv"
    sr = Image.open(folders / "hr/a.png").resize((51, 42)).resize((102, 83))
    sr.save(folders / "sr/a.png")
    assert main(["score", str(folders / "hr/a.png"), str(folders / "sr/a.png"), "--scale", "2", "-o", str(out)]) == 0
    hr, sr = (crop_to_multiple(np.asarray(picture), 2) for picture in (CHELSEA[60:143, 100:202], sr))
    expected = score(sr, hr, 2, {"perceptual_distance": PerceptualDistance(vgg16).to(hr)})
    written = pd.read_csv(out).set_index("image")
    assert written.loc["a"].to_dict() == pytest.approx(expected, abs=1e-6, nan_ok=True)
