"""What docs/sharing.md says of a bucket, and docs/experiments.md of a team: DVC itself, against an S3 server here."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from srgan.experiments.repository import finished
from tests.servers import KEYS, s3_client, s3_store
from tests.soak.tiny_project import environment

pytestmark = pytest.mark.slow

WEIGHTS = Path("models/gan/generator.weights.h5")
# Two stages as the project has them: a folder with weights in it, and figures in git.
PIPELINE = """
stages:
  gan:
    cmd: mkdir -p models/gan && cp params.yaml models/gan/model.json && seq 9 > models/gan/generator.weights.h5
    params: [seed]
    outs: [models/gan]
  evaluate:
    cmd: mkdir -p results && cp params.yaml results/images.csv && cp models/gan/*.h5 results/metrics.json
    deps: [models/gan]
    params: [crop]
    outs:
      - results/images.csv:
          cache: false
    metrics:
      - results/metrics.json:
          cache: false
artifacts:
  srgan:
    path: models/gan
"""


def run(folder: Path, *command: str, code: int = 0) -> str:
    """What a command says."""
    done = subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def address():
    """Of an S3 server with the bucket `team`, whose keys are in the environment."""
    with pytest.MonkeyPatch.context() as patch, s3_store("team") as address:
        for name, value in KEYS.items():
            patch.setenv(name, value)
        yield address


@pytest.fixture(scope="module")
def project(address, tmp_path_factory, repository):
    """A repository whose results are in git and whose networks are in the bucket, by the commands of the page."""
    folder = tmp_path_factory.mktemp("sharing") / "project"
    folder.mkdir()
    shutil.copy(repository / "Makefile", folder)
    shutil.copytree(repository / "tools", folder / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / ".gitignore").write_text(".venv\n.*.tmp\n")
    run(folder, "git", "init", "--quiet")
    run(folder, "dvc", "init", "--quiet")
    (folder / "dvc.yaml").write_text(PIPELINE)
    (folder / "params.yaml").write_text("seed: 1\ncrop: 8\n")
    run(folder, "dvc", "repro", "--quiet")
    run(folder, "dvc", "remote", "add", "--default", "storage", "s3://team/srgan")
    run(folder, "dvc", "remote", "modify", "storage", "endpointurl", address)
    run(folder, "dvc", "remote", "modify", "storage", "verify", "true")
    assert "3 files pushed" in run(folder, "dvc", "push")  # two files, and the list of their folder
    run(folder, "git", "add", "--all")
    run(folder, "git", "commit", "--quiet", "--message", "Name the storage")
    return folder


def clone_of(project: Path, name: str) -> Path:
    run(project, "git", "clone", "--quiet", ".", f"../{name}")
    clone = project.parent / name
    (clone / ".venv").mkdir()
    (clone / ".venv/installed").touch()  # as far as make knows
    (clone / "requirements.lock").touch()
    os.utime(clone / "requirements.lock", (0, 0))
    return clone


def test_a_clone_checks_itself_without_data_and_pulls_what_another_pushed(project):
    clone = clone_of(project, "clone")
    run(clone, "make", "check-lock")  # dvc repro --allow-missing --dry
    for change, settings in {"gan: seed": "seed: 2\ncrop: 8\n", "evaluate: crop": "seed: 1\ncrop: 9\n"}.items():
        (clone / "params.yaml").write_text(settings)
        said = run(clone, "make", "check-lock", code=2).splitlines()
        assert said[:2] == ["Code, settings or inputs have changed since dvc.lock was written:", f"  {change}"]
        assert said[2].startswith("Run `dvc repro`")
    (clone / "params.yaml").write_text("seed: [\n")  # where nothing can be compared, DVC's own message
    assert "params.yaml" in run(clone, "make", "check-lock", code=2)
    run(clone, "git", "checkout", "--quiet", "params.yaml")
    run(clone, "dvc", "pull", "models/gan")
    assert (clone / WEIGHTS).read_bytes() == (project / WEIGHTS).read_bytes()
    assert "up to date" in run(clone, "dvc", "status")


def test_a_clone_that_has_the_cache_runs_nothing_and_without_it_everything(project):
    """As GitHub does it: a run's cache, dvc.lock and results are restored over the committed ones."""
    runner = clone_of(project, "runner")
    (runner / "dvc.yaml").write_text(PIPELINE.replace("seq 9", "seq 8"))  # another machine's weights
    run(runner, "make", "restore")
    assert run(runner, "dvc", "repro").count("Running stage") == 2
    clone = clone_of(project, "cached")
    for name in (".dvc/cache", "results"):
        shutil.copytree(runner / name, clone / name, dirs_exist_ok=True)
    for name in ("dvc.lock", "dvc.yaml"):
        shutil.copy(runner / name, clone)
    run(clone, "make", "restore")
    assert "Running stage" not in run(clone, "dvc", "repro")
    for name in ("dvc.lock", WEIGHTS, "results/metrics.json"):
        assert (clone / name).read_bytes() == (runner / name).read_bytes() != (project / name).read_bytes()
    (clone / "params.yaml").write_text("seed: 1\ncrop: 9\n")
    assert "Running stage 'evaluate'" in run(clone, "dvc", "repro")


def test_a_colleague_s_experiments_are_there_once_they_are_pushed_and_pulled(project):
    colleague, clone = clone_of(project, "colleague"), clone_of(project, "yours")
    run(colleague, "dvc", "pull")
    run(colleague, "dvc", "exp", "run", "--name", "better", "--set-param", "crop=9")
    assert not finished(clone)
    run(colleague, "dvc", "exp", "push", "origin")
    run(clone, "dvc", "exp", "pull", "--no-cache", "origin")
    assert not (clone / ".dvc/cache").exists()
    assert [each.name for each in finished(clone)] == ["better"]
    run(clone, "dvc", "exp", "pull", "origin")


def test_a_network_is_fetched_by_the_version_of_its_own_tag_and_else_by_its_path(project, tmp_path):
    get = ("dvc", "artifacts", "get", str(project), "srgan")
    run(project, "git", "tag", "--annotate", "--message", "of another", "wgan@v1.0.0")
    assert "Unable to find artifact 'srgan'" in run(tmp_path, *get, code=1)
    run(project, "git", "tag", "--annotate", "--message", "SRGAN 1.0.0", "srgan@v1.0.0")
    assert "Unable to find artifact 'srgan @ HEAD'" in run(tmp_path, *get, "--rev", "HEAD", code=1)
    run(tmp_path, *get, "--rev", "v1.0.0", "-o", "version")
    run(tmp_path, "dvc", "get", str(project), "models/gan", "--rev", "HEAD", "-o", "path")
    for folder in ("version", "path"):
        assert (tmp_path / folder / WEIGHTS.name).read_bytes() == (project / WEIGHTS).read_bytes()


def test_a_damaged_object_is_named_and_not_taken(project, address):
    """Last, as it damages the bucket. Without `verify` DVC would take the object, and `dvc status` would be clean."""
    digest = hashlib.md5((project / WEIGHTS).read_bytes()).hexdigest()
    key = f"srgan/files/md5/{digest[:2]}/{digest[2:]}"
    whole = s3_client(address).get_object(Bucket="team", Key=key)["Body"].read()
    s3_client(address).put_object(Bucket="team", Key=key, Body=whole[:-1] + b"?")
    clone = clone_of(project, "damaged")
    assert "models/gan" in run(clone, "dvc", "pull", code=1)
    assert not (clone / WEIGHTS).exists()
    missing = run(clone, "dvc", "data", "status", "--granular").partition("DVC uncommitted")[0]
    assert str(WEIGHTS) in missing
    assert "models/gan/model.json" not in missing  # it is whole, and in the cache
