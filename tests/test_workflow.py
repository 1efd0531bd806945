"""What GitHub runs for a pull request: its form, what it may do, and that each step runs here too."""

import fnmatch
import re
import subprocess

import pytest
import yaml

WORKFLOW = ".github/workflows/ci.yaml"


@pytest.fixture(scope="module")
def workflow(repository):
    return yaml.safe_load((repository / WORKFLOW).read_text())


@pytest.fixture(scope="module")
def steps(workflow):
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def test_it_is_of_the_form_that_github_reads(repository):
    """By the schema of GitHub's workflows."""
    command = ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", WORKFLOW]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_it_may_read_the_repository_and_no_more(workflow, steps):
    assert workflow["permissions"] == {"contents": "read"}
    assert not any("permissions" in job for job in workflow["jobs"].values())
    assert set(workflow[True]) == {"push", "pull_request"}  # YAML reads `on` so; and no pull_request_target
    checkouts = [step for step in steps if step.get("uses", "").startswith("actions/checkout@")]
    assert len(checkouts) == len(workflow["jobs"])
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_actions_are_pinned_to_a_commit_and_say_its_version(repository):
    used = re.findall(r"uses: (.+)", (repository / WORKFLOW).read_text())
    assert len(used) == 6
    assert all(re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each) for each in used)


def test_a_step_is_a_script_or_a_make_target_without_text_of_the_pull_request(steps):
    lines = [step["run"] for step in steps if "run" in step]
    assert lines == [".ci/run", "make check-lock", "make restore", "make run", "make summary BASE=origin/main"]


def test_the_sample_is_restored_after_the_check_and_only_for_equal_inputs(repository, steps):
    """A key that missed an input of a stage would restore the results of another one."""
    (cache,) = (step["with"] for step in steps if step.get("uses", "").startswith("actions/cache@"))
    assert cache["path"].split() == [".dvc/cache", "dvc.lock", "results"]
    assert set(cache) == {"path", "key"}  # no restore-keys, which would take what is only similar
    hashed = re.findall(r"'([^'!]+)'", cache["key"])
    assert "requirements.lock" in hashed
    stages = yaml.safe_load((repository / "dvc.yaml").read_text())["stages"].values()
    kinds = ("outs", "metrics", "plots")
    made = {name(output) for stage in stages for kind in kinds for output in stage.get(kind, [])}
    for path in {path for stage in stages for path in stage["deps"]} - made | {"dvc.yaml", "params.yaml"}:
        inside = path if (repository / path).is_file() else f"{path}/any.py"
        assert any(fnmatch.fnmatch(inside, pattern) for pattern in hashed), path
    uses = [step.get("run") or step["uses"].partition("@")[0] for step in steps]
    at = uses.index("actions/cache")
    assert uses[at - 1 : at + 3] == ["make check-lock", "actions/cache", "make restore", "make run"]


def name(output):
    """Of an output in dvc.yaml: its path."""
    return output if isinstance(output, str) else next(iter(output))
