"""The Dockerfile, where no Docker is: the linter's opinion, what it copies, who runs what."""

import re
import shutil
import subprocess
from fnmatch import fnmatch

import pytest
import yaml


@pytest.fixture(scope="module")
def stages(repository):
    """The instructions of each stage, as (name, arguments), with those of the stage that it goes on from."""
    text = re.sub(r"^#.*\n", "", (repository / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", "")
    found = {}
    for line in filter(None, text.splitlines()):
        name, _, arguments = line.partition(" ")
        if name == "FROM":
            image, _, stage = arguments.partition(" AS ")
            found[stage] = list(found.get(image, []))
        found[stage].append((name, arguments))
    return found


def test_the_linter_has_no_complaint(repository):
    if not shutil.which("hadolint"):
        pytest.skip("needs hadolint: pip install -r requirements-dev.txt")
    done = subprocess.run(["hadolint", "Dockerfile"], cwd=repository, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_what_is_copied_is_there_and_not_ignored(repository, stages):
    rules = (repository / ".dockerignore").read_text().splitlines()
    tracked = subprocess.run(["git", "ls-files"], cwd=repository, capture_output=True, text=True, check=True).stdout
    top = {name.partition("/")[0] for name in tracked.splitlines()}
    sources = [source for of in stages.values() for name, what in of if name == "COPY" for source in what.split()[:-1]]
    assert {"pyproject.toml", "srgan", "pretrained", "requirements.lock"} <= set(sources) <= top
    assert rules[1] == "*"  # all but these
    kept = [rule[1:] for rule in rules if rule.startswith("!")]
    assert all(any(fnmatch(source, rule) for rule in kept) for source in sources)


def test_the_wheel_has_all_that_the_project_says_it_is_made_of(repository, stages):
    copied = {source for name, what in stages["wheel"] if name == "COPY" for source in what.split()[:-1]}
    named = set(re.findall(r'"([\w.-]+\.(?:txt|md))"', (repository / "pyproject.toml").read_text()))
    assert named - {"README.md"} == {name for name in copied if name.startswith("requirements")}


def test_images_have_a_version_and_everything_runs_as_a_user_without_rights(stages):
    images = {what.partition(" ")[0] for of in stages.values() for name, what in of if name == "FROM"} - set(stages)
    assert images == {"python:3.11-slim"}
    for stage in ("web", "server", "pipeline", "pipeline-gpu"):
        assert [what for name, what in stages[stage] if name == "USER"][-1] == "1000"
    assert list(stages)[-1] == "web"  # what `docker build` makes when no target is named


def test_targets_that_are_shown_are_there(repository, stages):
    shown = "".join((repository / name).read_text() for name in ("Dockerfile", "docs/web.md"))
    targets = set(re.findall(r"--target (\S+)", shown))
    assert targets == {"pipeline", "pipeline-gpu"} <= set(stages)


def test_the_job_names_a_target_and_its_user(repository, stages):
    _, job = yaml.safe_load_all((repository / "cluster/kubernetes.yaml").read_text())
    pod = job["spec"]["template"]["spec"]
    assert pod["containers"][0]["image"].removeprefix("srgan:") in stages
    (user,) = [what for name, what in stages["base"] if name == "RUN" and "useradd" in what]
    assert f"--uid {pod['securityContext']['runAsUser']} " in user
    assert pod["containers"][0]["workingDir"] == stages["pipeline"][-2][1] == "/srgan"
