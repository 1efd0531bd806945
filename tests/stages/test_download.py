"""The download stage as DVC calls it."""

import os
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import yaml
from PIL import Image

REPOSITORY = Path(__file__).resolve().parents[2]


def download(folder: Path, **data) -> subprocess.CompletedProcess:
    """Run the stage in a folder of its own, on the sample's params with other data settings."""
    params = yaml.safe_load((REPOSITORY / "params.yaml").read_text())
    params["data"] |= {"train": "sample", "benchmarks": ["sample"], "vgg19": "small.h5", "mirrors": []} | data
    params["training"]["validation"] = Path((params["data"]["benchmarks"] or ["none"])[0]).name
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    with h5py.File(folder / "small.h5", "w") as file:
        layer = file.create_group("block1_conv1")
        layer.attrs["weight_names"] = [b"kernel:0"]
        layer["kernel:0"] = np.zeros((3, 3, 3, 64), np.float32)
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("DVC_", "GIT_"))}
    environment = inherited | {"PYTHONPATH": str(REPOSITORY), "SRGAN_CACHE": str(folder / "cache")}
    command = [sys.executable, "-m", "stages.download"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_the_sample(tmp_path):
    done = download(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "train: 4 photos from sample" in done.stdout
    assert "DVC does not watch" not in done.stdout
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


def test_own_photos(tmp_path):
    for folder, level in (("photos", 50), ("holdout", 200)):
        (tmp_path / folder).mkdir()
        Image.new("RGB", (80, 80), (level, level, level)).save(tmp_path / folder / "a.jpg")
    done = download(tmp_path, train="photos", benchmarks=["holdout"])
    assert (done.returncode, done.stderr) == (0, "")
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
    assert not (tmp_path / "data").exists() or not files(tmp_path / "data")
