"""The ways to start workers: each ends in a TF_CONFIG that TensorFlow reads, and in the right command."""

import json
import os
import shutil
import subprocess

import pytest
import tensorflow as tf
import yaml

# In place of a program: says how it was called, and which worker of which cluster it is.
SHOW = '#!/bin/sh\necho "$(basename "$0") $*;${TF_CONFIG:-}"\n'


@pytest.fixture
def shell(tmp_path, repository):
    """A function that runs a command beside a copy of cluster/, with the given programs in place of the real ones."""
    shutil.copytree(repository / "cluster", tmp_path / "cluster")
    programs = tmp_path / ".venv/bin"
    programs.mkdir(parents=True)

    def run(*command: str, environment: dict[str, str], **scripts: str) -> list[str]:
        for name, script in ({"dvc": SHOW, "python": SHOW} | scripts).items():
            (programs / name).write_text(script)
            (programs / name).chmod(0o755)
        environment = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}"} | environment
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
        return done.stdout.splitlines()

    return run


def check(line: str, monkeypatch: pytest.MonkeyPatch, command: str, index: int, hosts: list[str]) -> None:
    """A line is of that command, as that worker of that cluster."""
    called, _, config = line.partition(";")
    assert called == command
    assert json.loads(config)["task"] == {"type": "worker", "index": index}
    monkeypatch.setenv("TF_CONFIG", config)
    resolver = tf.distribute.cluster_resolver.TFConfigClusterResolver()
    assert resolver.cluster_spec().as_dict() == {"worker": hosts}
    assert (resolver.task_type, resolver.task_id) == ("worker", index)


COMMANDS = {0: "dvc repro --single-item --force gan", 1: "python -m stages.gan", 2: "python -m stages.gan"}


@pytest.mark.parametrize("index", [0, 1, 2])
def test_by_hand(shell, monkeypatch, index):
    lines = shell("cluster/worker.sh", str(index), "a:2222,b.example.org:2222,10.0.0.3:2222", "gan", environment={})
    hosts = ["a:2222", "b.example.org:2222", "10.0.0.3:2222"]
    check(lines[0], monkeypatch, COMMANDS[index], index, hosts)


@pytest.mark.parametrize("index", [0, 1])
def test_as_a_kubernetes_job(shell, monkeypatch, repository, index):
    manifest = (repository / "cluster/kubernetes.yaml").read_text().replace("STAGE", "gan")
    service, job = yaml.safe_load_all(manifest)
    pod = job["spec"]["template"]["spec"]
    container = pod["containers"][0]
    environment = {entry["name"]: entry["value"] for entry in container["env"]}
    assert job["spec"]["completions"] == job["spec"]["parallelism"] == int(environment["WORKERS"])
    assert service["spec"]["selector"].items() <= job["spec"]["template"]["metadata"]["labels"].items()
    lines = shell(
        *container["command"], *container["args"], environment=environment | {"JOB_COMPLETION_INDEX": str(index)}
    )
    # An indexed pod's host name is <job>-<index>; in a headless service's subdomain it is found as that.
    domain, port = service["metadata"]["name"], service["spec"]["ports"][0]["port"]
    assert pod["subdomain"] == domain
    hosts = [f"{job['metadata']['name']}-{i}.{domain}:{port}" for i in range(2)]
    check(lines[0], monkeypatch, COMMANDS[index], index, hosts)


def test_under_slurm(shell, monkeypatch, tmp_path):
    """The stages that have changed, in order, each on both nodes at once, between the stages of one machine."""
    lines = shell(
        "bash",
        "cluster/slurm.sh",
        environment={"SLURM_SUBMIT_DIR": str(tmp_path), "SLURM_JOB_ID": "1234567", "SLURM_JOB_NODELIST": "node[1-2]"},
        scontrol='#!/bin/sh\n[ "$3" = "node[1-2]" ] && printf "node1\\nnode2\\n"\n',
        srun='#!/bin/sh\nshift\nfor i in 0 1; do SLURM_PROCID=$i "$@"; done\n',
        dvc='#!/bin/sh\nif [ "$1" = status ]; then [ "$3" != vgg ] && [ "$3" != wgan ]; else\n' + SHOW + "fi\n",
    )
    hosts = ["node1:24567", "node2:24567"]
    assert lines[0] == "dvc repro patches;"
    assert lines[-1] == "dvc repro;"
    assert len(lines) == 6
    for stage, pair in (("vgg", lines[1:3]), ("wgan", lines[3:5])):
        check(pair[0], monkeypatch, f"dvc repro --single-item --force {stage}", 0, hosts)
        check(pair[1], monkeypatch, f"python -m stages.{stage}", 1, hosts)
