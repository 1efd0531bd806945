"""Stages of a pipeline, each as short as its run."""

import subprocess

import yaml

from srgan.tracking import runs
from srgan.tracking.pipeline_run import KEY
from tests.tracking.stored import client

INIT = {"init_generator_sha256": "1a2b"}


def git(folder, arguments):
    subprocess.run(["git", *arguments.split()], cwd=folder, check=True)


def change(project, section, setting, value):
    params = yaml.safe_load((project / "params.yaml").read_text())
    params[section][setting] = value
    (project / "params.yaml").write_text(yaml.safe_dump(params))


def stage(name, figures=(), tags=(), **options):
    """A stage's run from its beginning to its end; returns it as the store has it."""
    init = {"init": "pretrain" if name == "gan" else "none"}
    with runs.run(name, {name: init}, dict(tags), **options) as run:
        if name == "evaluate":
            run.log_for_experiment(dict(figures))
    return client().get_run(run.id)


def parents():
    """The runs that are experiments, the newest first."""
    return [run for run in client().search_runs(["1"]) if KEY in run.data.tags]
