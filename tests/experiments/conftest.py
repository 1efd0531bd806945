"""Projects with experiments, as DVC keeps them in git."""

import io
import json
import os
import subprocess
import sys

import numpy as np
import pytest
import yaml
from PIL import Image

from srgan.pipeline import MODELS

SETTINGS = {"seed": 0, "gan": {"lr": 1e-4, "adversarial_weight": 0.001}, "wgan": {"penalty": 10.0}}
METRICS = ("psnr_y", "perceptual_distance", "ssim_y")
ENVIRONMENT = {f"GIT_{who}_{what}": "t@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def means(**changes):
    """metrics.json's figures on one set, the same for every model but for changes: gan=(psnr_y, distance)."""
    rows = {model: (*changes.get(model, (30.0, 0.9)), 0.8) for model in MODELS}
    return {model: dict(zip(METRICS, row, strict=True)) for model, row in rows.items()}


def png(level, size=96):
    """A picture of one grey."""
    file = io.BytesIO()
    Image.fromarray(np.full((size, size, 3), level, np.uint8)).save(file, "PNG")
    return file.getvalue()


def tree(settings, figures, levels=None):
    """The files of a commit: settings, figures by set, and the details where there are levels: column -> grey."""
    files = {"params.yaml": yaml.safe_dump(settings).encode(), "results/metrics.json": json.dumps(figures).encode()}
    for column, level in (levels or {}).items():
        files[f"results/crops/1-a cat-{column}.png"] = png(level)
        files[f"results/crops/2-other-{column}.png"] = png(0)
    return files


class Project:
    """A git repository in which experiments are put as DVC puts them: as commits under refs/exps."""

    def __init__(self, root):
        self.root = root
        self.git("init", "--quiet", "--initial-branch", "main")
        (root / ".dvc").mkdir()
        (root / ".dvc/config").touch()

    def git(self, *arguments, given=None):
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            input=given,
            env=os.environ | ENVIRONMENT,
            capture_output=True,
            check=True,
        )
        return done.stdout.decode().strip()

    def commit(self, files):
        """Put files into the folder and commit them."""
        for name, data in files.items():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_bytes(data)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "a commit")
        return self.git("rev-parse", "HEAD")

    def add(self, trees):
        """Make experiments of HEAD: name -> files, the first the oldest."""
        head = self.git("rev-parse", "HEAD")
        stream = []
        for number, (name, files) in enumerate(trees.items()):
            stream.append(f"commit refs/exps/{head[:2]}/{head[2:]}/{name}\n".encode())
            stream.append(f"committer T <t@e> {10**9 + number} +0000\ndata 0\nfrom {head}\ndeleteall\n".encode())
            for path, data in files.items():
                stream.append(f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n")
        self.git("fast-import", "--quiet", given=b"".join(stream))


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty project, as the current directory, whose queue nobody asks."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("srgan.experiments.read.unfinished", lambda _: {})
    return Project(tmp_path)


STAGE = """\
import json, pathlib, yaml
from PIL import Image
weight = yaml.safe_load(open("params.yaml"))["gan"]["adversarial_weight"]
assert weight < 1, "diverged"
row = {"psnr_y": 30 - weight, "perceptual_distance": 0.9 - weight}
pathlib.Path("results/crops").mkdir(parents=True, exist_ok=True)
open("results/metrics.json", "w").write(json.dumps({"own": {"gan": row}}))
Image.new("RGB", (8, 8), (int(100 * weight),) * 3).save("results/crops/1-cat-gan.png")
"""
PIPELINE = {
    "stages": {
        "gan": {
            "cmd": f"{sys.executable} stage.py",
            "deps": ["stage.py"],
            "params": ["gan"],
            "outs": [{"results/crops": {"cache": False}}],
            "metrics": [{"results/metrics.json": {"cache": False}}],
        }
    }
}


@pytest.fixture
def dvc_project(tmp_path, monkeypatch):
    """A project that DVC itself set up, with a stage of a second, and a function that runs commands in it."""
    monkeypatch.chdir(tmp_path)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")

    def run(*command):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    (tmp_path / "stage.py").write_text(STAGE)
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({"gan": {"adversarial_weight": 0.1}}))
    (tmp_path / "dvc.yaml").write_text(yaml.safe_dump(PIPELINE))
    dvc = (sys.executable, "-m", "dvc")
    commands = (
        ("git", "init", "--quiet"),
        ("git", "config", "user.name", "T"),
        ("git", "config", "user.email", "t@example.org"),
        (*dvc, "init", "--quiet"),
        (*dvc, "repro", "--quiet"),
        ("git", "add", "--all"),
        ("git", "commit", "--quiet", "--message", "a commit"),
    )
    for command in commands:
        code, output = run(*command)
        assert code == 0, output
    return lambda *arguments: run(*dvc, *arguments)
