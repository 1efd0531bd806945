"""The wheel in an empty environment in another folder: the command, the networks, and no more than needed."""

import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srgan import __version__
from srgan.data.resize import enlarge

MEGABYTE = 1_000_000


def test_every_package_of_the_source_is_in_the_wheel(repository):
    listed = set(tomllib.loads((repository / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    there = {path.parent.relative_to(repository).as_posix() for path in repository.glob("srgan/**/__init__.py")}
    assert listed == {name.replace("/", ".") for name in there} | {"srgan.pretrained"}


@pytest.mark.parametrize("name", ["upscale", "train", "onnx", "s3", "web"])
def test_the_requirements_of_a_wheel_name_packages_alone(repository, name):
    """setuptools takes no `-r`: what other files add is added by those who install."""
    lines = (repository / f"requirements-{name}.txt").read_text().splitlines()
    assert all(re.match(r"#|[a-z0-9.-]+(\[\w+\])?[><=]", line) for line in lines)


@pytest.fixture(scope="module")
def installed(repository, tmp_path_factory):
    """A folder with an environment of the wheel alone."""
    folder = tmp_path_factory.mktemp("elsewhere")
    # The wheel is built from a copy: the checkout is left as it is.
    source = folder / "source"
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, names.split("\0")):
        if (repository / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((repository / name).read_bytes())
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    pip = [str(folder / "venv/bin/pip"), "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "-w", str(folder), str(source)], check=True)
    (wheel,) = folder.glob("*.whl")
    subprocess.run([*pip, "install", str(wheel)], check=True)
    return folder


def srgan(installed, *arguments, code=0):
    """Run the console script where nothing of this project lies, and with nothing of this process' environment."""
    environment = {"PATH": os.defpath, "HOME": str(installed), "LANG": "C.UTF-8"}
    command = [str(installed / "venv/bin/srgan"), *arguments]
    done = subprocess.run(command, cwd=installed, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


@pytest.mark.slow
def test_it_enlarges_with_every_network_in_the_box(installed):
    lr = enlarge(np.random.default_rng(0).integers(40, 216, (6, 7, 3), np.uint8), 2)
    Image.fromarray(lr).save(installed / "input.png")
    assert srgan(installed, "upscale", "input.png", "-o", "large.png") == "1 picture enlarged into large.png\n"
    for name in ("pretrain", "gan", "vgg", "photo", "pretrained/wgan"):
        srgan(installed, "upscale", "input.png", "-o", f"{Path(name).name}.png", "--model", name)
    made = {path.stem: np.asarray(Image.open(path)).astype(int) for path in installed.glob("*.png")}
    assert all(np.abs(made[name] - enlarge(lr, 4)).mean() < 20 for name in ("large", "gan", "vgg", "photo", "wgan"))
    np.testing.assert_array_equal(made["large"], made["pretrain"])
    assert all((made[name] != made["large"]).any() for name in ("gan", "vgg", "photo", "wgan"))


@pytest.mark.slow
def test_it_has_one_version_and_is_typed(installed):
    assert srgan(installed, "--version") == f"srgan {__version__}\n"
    (site,) = installed.glob("venv/lib/python*/site-packages")
    assert (site / "srgan/py.typed").exists()
    found = next(iter(importlib.metadata.distributions(name="srgan", path=[str(site)])))
    assert found.version == __version__


@pytest.mark.slow
def test_it_brings_no_more_than_inference_needs(installed):
    (site,) = installed.glob("venv/lib/python*/site-packages")
    names = {distribution.name.lower() for distribution in importlib.metadata.distributions(path=[str(site)])}
    assert {"srgan", "ncnn", "pyvips", "numpy"} <= names
    assert not names & {"tensorflow", "keras", "dvc", "mlflow", "pandas", "scipy", "onnx", "onnxruntime"}
    size = sum(path.stat().st_size for path in site.rglob("*") if path.is_file() and not path.is_symlink())
    assert size < 300 * MEGABYTE


@pytest.mark.slow
def test_what_is_not_installed_is_a_sentence(installed):
    shown = srgan(installed, "export", "--format", "onnx", code=1)
    assert shown == "error: ONNX needs the package onnx: pip install onnx\n"
    shown = srgan(installed, "export", "--format", "tflite", code=1)
    assert "error: export needs the package tensorflow; in a copy of the project run pip install . to" in shown
    shown = srgan(installed, "upscale", "photo.png", "-o", "x.png", "--device", "cuda", "--overwrite", code=1)
    assert "--device cuda needs the package onnx" in shown
    shown = srgan(installed, "web", code=1)
    assert shown == "error: web needs the package uvicorn: pip install '.[web]' in a copy of the project\n"


@pytest.mark.slow
def test_the_page_is_in_the_wheel(installed, repository):
    (site,) = installed.glob("venv/lib/python*/site-packages")
    for folder in ("srgan/web/page", "srgan/report/shared", "srgan/experiments/templates"):
        for path in (repository / folder).iterdir():
            assert (site / folder / path.name).read_bytes() == path.read_bytes()
