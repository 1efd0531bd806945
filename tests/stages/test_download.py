"""The download stage as DVC calls it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import skimage.data
import yaml
from PIL import Image

from srgan.audit.drift import read_accepted
from srgan.params import load_params
from srgan.sources.datasets import Source
from stages.download import report_on
from tests.folders import files

REPOSITORY = Path(__file__).resolve().parents[2]


def download(
    folder: Path, content: str = "mse", limits: dict | None = None, init: str = "pretrain", **data
) -> subprocess.CompletedProcess:
    """Run the stage in a folder of its own, on the sample's params with other data settings."""
    params = yaml.safe_load((REPOSITORY / "params.yaml").read_text())
    params["data"] |= {"train": "sample", "benchmarks": ["sample"], "vgg19": "small.h5", "mirrors": []} | data
    params["gan"] |= {"content": content, "init": init}
    params["limits"] |= limits or {}
    params["training"]["validation"] = Path((params["data"]["benchmarks"] or ["none"])[0]).name
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    with h5py.File(folder / "small.h5", "w") as file:
        layer = file.create_group("block1_conv1")
        layer.attrs["weight_names"] = [b"kernel:0"]
        layer["kernel:0"] = np.zeros((3, 3, 3, 64), np.float32)
    (folder / "data").mkdir(exist_ok=True)
    if not (folder / "data/accepted.json").exists():
        shutil.copy(REPOSITORY / "data/accepted.json", folder / "data")
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("DVC_", "GIT_"))}
    environment = inherited | {"PYTHONPATH": str(REPOSITORY), "SRGAN_CACHE": str(folder / "cache")}
    command = [sys.executable, "-m", "stages.download"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_a_stage_that_starts_from_no_network_is_noticed_before_anything_is_fetched(tmp_path):
    done = download(tmp_path, init="pretrian")
    assert done.returncode == 1
    assert done.stderr.startswith("error: gan.init is 'pretrian', and there is no network in ")
    assert not (tmp_path / "data/raw").exists()


def test_photographs_in_formats_that_are_not_read_are_named(tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "IMG_1.JXL").write_bytes(b"jxl")
    done = download(tmp_path, train="photos")
    assert done.returncode == 1
    assert "subfolders in a format that is read, but IMG_1.JXL; put PNG or JPEG files there" in done.stderr

    Image.fromarray(skimage.data.astronaut()).save(photos / "a.png")
    done = download(tmp_path, train="photos")
    assert f"warning: {photos}: IMG_1.JXL is left out: not in a format that is read" in done.stderr


def test_the_sample(tmp_path):
    done = download(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "train: 4 photos from sample" in done.stdout
    (unwatched,) = [line for line in done.stdout.splitlines() if "DVC does not watch" in line]
    assert unwatched.startswith("DVC does not watch small.h5: after a change there, dvc repro -f download")
    assert files(tmp_path / "data/raw") == [
        "benchmarks/sample/chelsea.png",
        "benchmarks/sample/flower.png",
        "train/astronaut.png",
        "train/china.png",
        "train/coffee.png",
        "train/rocket.png",
        "vgg16.h5",
        "vgg19.h5",
    ]
    report = (tmp_path / "results/data.json").read_text()
    assert json.loads(report)["train"]["photographs"] == 4
    assert report == (REPOSITORY / "data/accepted.json").read_text(), (
        "accept it: cp results/data.json data/accepted.json"
    )
    assert "All limits are kept" in (tmp_path / "results/data.html").read_text()


@pytest.fixture
def own(tmp_path):
    """Parts of a photograph to train on, and another to measure on."""
    (tmp_path / "photos").mkdir()
    (tmp_path / "holdout").mkdir()
    cat = skimage.data.chelsea()
    for left in (0, 200):
        Image.fromarray(cat[:, left : left + 250]).save(tmp_path / f"photos/{left}.png")
    Image.fromarray(skimage.data.coffee()).save(tmp_path / "holdout/coffee.png")
    return tmp_path


def test_a_training_photo_that_is_measured_on_stops_the_stage_with_its_reports_written(own):
    Image.fromarray(skimage.data.coffee()).resize((300, 200)).save(own / "photos/small.jpg", quality=80)
    done = download(own, train="photos", benchmarks=["holdout"])
    assert done.returncode == 1
    assert done.stderr == (
        "error: the training photograph small.jpg looks like coffee.png of the benchmark holdout, and figures on what "
        "a network was trained on are too good; remove it from data.train, or allow more than 0 in limits.leaks "
        "(results/data.html shows them)\n"
    )
    report = json.loads((own / "results/data.json").read_text())
    assert report["benchmarks"]["holdout"]["leaks"] == {"count": 1, "pairs": [["small.jpg", "coffee.png"]]}
    assert "Error, limits.leaks" in (own / "results/data.html").read_text()
    assert files(own / "data/raw/train") == ["0.png", "200.png", "small.jpg"]


def test_a_leak_may_be_a_warning(own):
    Image.fromarray(skimage.data.coffee()).resize((300, 200)).save(own / "photos/small.jpg", quality=80)
    done = download(own, train="photos", benchmarks=["holdout"], limits={"errors": []})
    assert done.returncode == 0
    assert done.stderr.startswith("warning: the training photograph small.jpg looks like coffee.png")


def test_a_drift_from_the_accepted_report(own):
    first = download(own, train="photos", benchmarks=["holdout"])
    assert (first.returncode, first.stderr) == (0, "")
    assert (
        "data/accepted.json describes sample, so drift is not measured; to accept photos: cp results/data.json"
        in first.stdout
    )
    shutil.copy(own / "results/data.json", own / "data/accepted.json")
    for photo in (own / "photos").glob("*.png"):
        Image.fromarray(np.asarray(Image.open(photo)) // 2).save(photo)  # darker
    warned = download(own, train="photos", benchmarks=["holdout"])
    assert warned.returncode == 0
    assert warned.stderr.startswith("warning: the training photographs have drifted from the accepted report")
    stopped = download(own, train="photos", benchmarks=["holdout"], limits={"errors": ["leaks", "drift"]})
    assert stopped.returncode == 1
    assert "brightness" in stopped.stderr
    assert "cp results/data.json data/accepted.json" in stopped.stderr
    shutil.copy(own / "results/data.json", own / "data/accepted.json")
    accepted = download(own, train="photos", benchmarks=["holdout"], limits={"errors": ["leaks", "drift"]})
    assert (accepted.returncode, accepted.stderr) == (0, "")


def test_an_accepted_report_that_is_none_is_one_line_and_makes_nothing(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/accepted.json").write_text("{}")
    done = download(tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("error: data/accepted.json: not a report of the stage download")
    assert len(done.stderr.splitlines()) == 1
    assert files(tmp_path / "data") == ["accepted.json"]


def test_own_photos(tmp_path):
    for folder, level in (("photos", 50), ("holdout", 200)):
        (tmp_path / folder).mkdir()
        Image.new("RGB", (80, 80), (level, level, level)).save(tmp_path / folder / "a.jpg")
    done = download(tmp_path, train="photos", benchmarks=["holdout"])
    assert done.returncode == 0
    assert done.stderr == (
        "warning: 1 of 1 training photographs (100.0%) are tiny, flat, grey or blurred; remove them, or allow more "
        "than 5.0% in limits.flagged\n"
    )
    assert f"train: 1 photos from {tmp_path / 'photos'}" in done.stdout
    assert "dvc repro -f download" in done.stdout
    assert files(tmp_path / "data/raw") == ["benchmarks/holdout/a.jpg", "train/a.jpg", "vgg16.h5", "vgg19.h5"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"train": "nowhere"}, "error: data.train: 'nowhere'"),
        ({"vgg19": "nowhere.h5"}, "error: data.vgg19: 'nowhere.h5'"),
        ({"features": "nowhere.h5"}, "error: data.features: 'nowhere.h5'"),
        ({"mirrors": ["here"]}, "error: data.mirrors: 'here'"),
        ({"benchmarks": []}, "data.benchmarks"),
    ],
)
def test_a_wrong_setting_is_one_line_and_makes_nothing(tmp_path, settings, message):
    done = download(tmp_path, **settings)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert files(tmp_path / "data") == ["accepted.json"]
    assert not (tmp_path / "results").exists()


def test_weights_that_end_before_the_layer_of_a_content_loss_are_refused_at_once(tmp_path):
    done = download(tmp_path, content="vgg22")
    assert done.returncode == 1
    assert done.stderr.startswith("error: data.vgg19: ")
    assert "small.h5 has no block2_conv2, which the content losses need" in done.stderr
    assert files(tmp_path / "data") == ["accepted.json"]


def test_a_photograph_is_tiny_if_no_patch_of_any_shrink_fits(tmp_path, monkeypatch):
    for name, side in (("train/large.png", 250), ("train/small.png", 150), ("benchmarks/holdout/cup.png", 100)):
        (tmp_path / "data/raw" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(skimage.data.coffee()[:side, :side]).save(tmp_path / "data/raw" / name)
    (tmp_path / "results").mkdir()
    monkeypatch.chdir(tmp_path)
    params = load_params(REPOSITORY / "params.yaml")
    patches = params.patches.model_copy(update={"size": 192, "shrink": [1, 2]})
    limits = params.limits.model_copy(update={"errors": []})
    params = params.model_copy(update={"patches": patches, "limits": limits})
    accepted = read_accepted(REPOSITORY / "data/accepted.json")
    report_on(Source("photos"), [Source("holdout")], accepted, params)
    tiny = json.loads(Path("results/data.json").read_text())["train"]["flags"]["tiny"]
    assert tiny == {"count": 1, "names": ["small.png"]}
