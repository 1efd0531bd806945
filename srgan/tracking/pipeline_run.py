"""The run above a pipeline's runs: one line in MLflow's list is one experiment, and its stages are below it.

Stages are processes of their own: some are cached, some are killed and go on, and two may run at once. What they have
in common is what makes DVC give the same results: the code and the settings that dvc.yaml lists, and the photographs. A
digest of these and of the user's name is the experiment's key: a tag by which each process finds the run, and makes it
if it is the first. Two people who run the same have a line each.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from mlflow import MlflowClient
from mlflow.entities import Param, Run, RunTag
from ruamel.yaml.error import YAMLError

from srgan.params import load_params
from srgan.params.read import flat, read_yaml
from srgan.pipeline import BENCHMARKS, CODE, PHOTOS, TRAINING_STAGES, files_of
from srgan.tracking.alive import forget, left_open
from srgan.tracking.datasets import dataset, log_datasets
from srgan.tracking.origin import CHANGED_CODE, git, source_tags
from srgan.tracking.store import experiment_id, is_there, store_lock, tagged_runs

KEY = "experiment_key"
PARENT = "mlflow.parentRunId"  # by which MLflow's pages put a run below another
RECORDED = (*TRAINING_STAGES, "evaluate")  # the stages that are runs
DECIDING = ("download", "patches", *RECORDED)  # on which the figures depend; `render` only draws them
WEIGHTS = "generator_sha256"  # tag of a training's run: what it wrote
PHOTOGRAPH_COUNT = "photographs"  # another: of how many photographs its patches are
WORST = ("FAILED", "KILLED")
PHOTOGRAPHS = (PHOTOS.as_posix(), BENCHMARKS.as_posix())
MOST_PARAMS = 100  # that a store takes in one call


@dataclass(frozen=True)
class PipelineRun:
    """A pipeline's run, as every one of its stages knows it.

    Args:
        key: the same in all processes that run this code with these settings on these photographs for one user, and in
            no others.
        name: what stands in MLflow's list.
        settings: all that its figures depend on, by dotted name.
        data: folder of photographs -> its digest.
        tags: who, what, from which commit.
    """

    key: str
    name: str
    settings: Mapping[str, str]
    data: Mapping[str, str]
    tags: Mapping[str, str]

    def open(self, client: MlflowClient) -> str:
        """The id of its run, made if the store has none.

        Processes of one machine take turns. Of two machines that make one at once, one deletes its own again.
        """
        with store_lock():
            found = tagged_runs(client, KEY, self.key)
            if not found:
                made = client.create_run(experiment_id(client), tags={**self.tags, KEY: self.key}, run_name=self.name)
                found = tagged_runs(client, KEY, self.key)
                if found[0].info.run_id != made.info.run_id:
                    client.delete_run(made.info.run_id)
                    return found[0].info.run_id
            self._log_settings(client, found[0])
            self._log_data(client, found[0])
        return found[0].info.run_id

    def is_run(self, client: MlflowClient, run_id: str) -> bool:
        """Whether a run is this pipeline's, or is missing or deleted, and so no other's."""
        return not run_id or not is_there(client, run_id) or client.get_run(run_id).data.tags.get(KEY) == self.key

    def _log_settings(self, client: MlflowClient, run: Run) -> None:
        """Log the settings that a run does not have; those that it has are the same, by the key."""
        entries = [Param(key, value) for key, value in self.settings.items() if key not in run.data.params]
        for first in range(0, len(entries), MOST_PARAMS):
            client.log_batch(run.info.run_id, params=entries[first : first + MOST_PARAMS])

    def _log_data(self, client: MlflowClient, run: Run) -> None:
        """Name the photographs, unless the run has them already; they too are the same, by the key."""
        known = {each.dataset.name for each in (run.inputs.dataset_inputs if run.inputs else [])}
        missing = [dataset(path, digest, path) for path, digest in self.data.items() if path not in known]
        if missing:
            log_datasets(client, run.info.run_id, missing)


def experiment_of(stage: str) -> PipelineRun | None:
    """The experiment that a stage of the pipeline in the current folder belongs to; None for a run outside of one."""
    pipeline = Path("dvc.yaml")
    if stage not in RECORDED or not pipeline.is_file() or not Path("params.yaml").is_file():
        return None
    stages = yaml.safe_load(pipeline.read_text(encoding="utf-8"))["stages"]
    if any(name not in stages for name in DECIDING):
        return None
    params = load_params().model_dump(mode="json")  # a pair is a list, as in YAML
    settings = dict(sorted(_settings(params, [key for name in DECIDING for key in stages[name]["params"]]).items()))
    data, tags = _photographs(), source_tags("dvc.yaml")
    key = hashlib.sha256(json.dumps([settings, data, tags["mlflow.user"]]).encode())
    for dep in sorted({dep for name in DECIDING for dep in stages[name]["deps"] if dep.startswith(CODE)}):
        for path in files_of(Path(dep)):
            key.update(f"\0{path.as_posix()}\0".encode() + path.read_bytes())
    changed = _changed(params)
    tags["mlflow.note.content"] = _note(changed, tags)
    return PipelineRun(key.hexdigest(), _name(changed, tags), settings, data, tags)


def mark_origins(client: MlflowClient, run_id: str, starts: Mapping[str, str]) -> None:
    """Record as tags `from.<stage>` where networks come from that none of this pipeline's stages trained.

    Args:
        client: of the store.
        run_id: of the pipeline's run.
        starts: stage -> sha256 of the generator in its folder.
    """
    tags = []
    for stage, sha256 in starts.items():
        made = tagged_runs(client, WEIGHTS, sha256)
        if any(run.data.tags.get(PARENT) == run_id for run in made):
            continue  # its own tag says so
        sentence = "a network that no run here has trained"
        if made:
            parent = made[-1].data.tags.get(PARENT)
            of = f" of {client.get_run(parent).info.run_name}" if parent else ""
            sentence = f"taken over from run {made[-1].info.run_id}{of}"
        tags.append(RunTag(f"from.{stage}", sentence))
    if tags:
        client.log_batch(run_id, tags=tags)


def reopen(client: MlflowClient, run_id: str, stage: str, stage_run: str) -> None:
    """A stage begins or goes on: its pipeline's run is running, and says that the stage ran."""
    client.update_run(run_id, status="RUNNING")
    client.set_tag(run_id, f"from.{stage}", f"run {stage_run}, below")


def close(client: MlflowClient, run_id: str, stage: str, status: str) -> None:
    """A stage has ended: so has its pipeline's run, unless another stage is running.

    Its status is the worst among the newest run of each stage, because DVC may go on with independent stages after a
    failure.
    """
    below = tagged_runs(client, PARENT, run_id)
    if any(run.info.status == "RUNNING" and run.data.tags.get("stage") != stage for run in below):
        return
    ended = {run.data.tags.get("stage"): run.info.status for run in below}  # the newest come last
    client.set_terminated(run_id, next((worst for worst in WORST if worst in ended.values()), status))


def close_dead(client: MlflowClient, own: str) -> None:
    """Close the runs of this clone whose processes were killed, and the experiments' runs above them.

    A training among them is opened again when it continues.

    Args:
        client: of the store.
        own: the id of the run of this process.
    """
    with store_lock():
        for run_id in left_open():
            if run_id == own or not is_there(client, run_id):  # it may be in another store
                continue
            run = client.get_run(run_id)
            if run.info.status == "RUNNING":
                client.set_terminated(run_id, "KILLED")
                parent = run.data.tags.get(PARENT)
                if parent and is_there(client, parent):
                    close(client, parent, run.data.tags.get("stage", ""), "KILLED")
            forget(run_id)


def _settings(params: Mapping[str, Any], keys: list[str]) -> dict[str, str]:
    """The settings that dotted names of settings or sections stand for, each by its own dotted name."""
    every = dict(flat(params))
    return {name: str(value) for name, value in every.items() if any(f"{name}.".startswith(f"{key}.") for key in keys)}


def _photographs() -> dict[str, str]:
    """The digests of the training and benchmark photographs, where DVC has locked them.

    Of a remote whose versions are the bucket's own, DVC locks the files of a folder, and no digest of it.
    """
    lock = Path("dvc.lock")
    stages = yaml.safe_load(lock.read_text(encoding="utf-8"))["stages"] if lock.is_file() else {}
    outs = stages.get("download", {}).get("outs", [])
    return {out["path"]: out["md5"] for out in outs if out["path"] in PHOTOGRAPHS and "md5" in out}


def _changed(params: Mapping[str, Any]) -> list[tuple[str, Any, Any]] | None:
    """What settings differ from those of the commit that it is based on: (name, before, now); None without a commit."""
    commit = os.environ.get("DVC_EXP_BASELINE_REV", "HEAD")
    try:
        committed = dict(flat(read_yaml(git("show", f"{commit}:./params.yaml")) or {}))
    except (YAMLError, AttributeError):  # committed, but no settings
        committed = {}
    if not committed:
        return None
    return [(key, committed.get(key), value) for key, value in flat(params) if committed.get(key) != value]


def _name(changed: list[tuple[str, Any, Any]] | None, tags: Mapping[str, str]) -> str:
    """DVC's name of an experiment, or else the commit and the first setting that differs from it."""
    first = [f"{key}={value}" for key, _, value in (changed or [])[:1]]
    return tags.get("dvc_experiment") or " ".join(filter(None, ["repro", tags.get("git_commit", "")[:7], *first]))


def _note(changed: list[tuple[str, Any, Any]] | None, tags: Mapping[str, str]) -> str:
    """How settings and code differ from those of the commit that the experiment is based on, as Markdown."""
    if changed is None:
        return ""
    lines = [f"* `{key}`: {value}, instead of {before}" for key, before, value in changed]
    lines = lines or ["The settings are those of the commit."]
    if other := tags.get(CHANGED_CODE):
        lines.append(f"\nThe code is not that of the commit: {other}.")
    return "\n".join(lines)
