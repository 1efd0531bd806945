"""What GitHub runs for a pull request: its form, what it may do, and that each step runs here too."""

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
    assert len(used) == 5
    assert all(re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each) for each in used)


def test_a_step_is_a_script_or_a_make_target_without_text_of_the_pull_request(steps):
    lines = [step["run"] for step in steps if "run" in step]
    assert lines == [".ci/run", "make check-lock", "make run", "make summary BASE=origin/main"]
