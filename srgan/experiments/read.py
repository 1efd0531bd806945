"""Experiments as they are compared: settings, figures and a detail, of every commit that DVC made for one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from srgan.errors import UserError
from srgan.evaluation.results import parse_metrics, parse_photographs
from srgan.experiments.repository import contents, files, finished, head, unfinished
from srgan.metrics.score import PLANE
from srgan.params.read import flat
from srgan.pipeline import METRICS_JSON, MODELS, RESULTS

PARAMS = "params.yaml"
FILES = (PARAMS, METRICS_JSON.as_posix(), f"{RESULTS.as_posix()}/crops")
DETAIL = re.compile(rf"1-(.+)-({'|'.join((*MODELS, 'target'))})\.png")  # of srgan.report.crops, the first photograph
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster where libyaml is there, as in PyYAML's wheels
HINT = "queue some with: dvc exp run --queue -S 'gan.adversarial_weight=1e-3,3e-3', and run them with: dvc queue start"


@dataclass(frozen=True)
class Experiment:
    """One set of settings with what came of it."""

    name: str
    kind: str  # experiment, baseline or workspace
    settings: Mapping[str, str]  # dotted name -> value as text, equal for equal values
    means: Mapping[str, Mapping[str, Mapping[str, float]]]  # set -> model -> metric -> figure
    photographs: Mapping[str, str]  # set -> digest of what it was measured on; none of an earlier version's
    photograph: str  # what the pictures show; empty where there are none
    pictures: Mapping[str, bytes]  # column ("gan" ... "target") -> PNG


@dataclass
class Comparison:
    """What there is to compare, and what had to be left out."""

    head: str
    experiments: list[Experiment] = field(default_factory=list)  # the workspace and the baselines among them
    left_out: dict[str, str] = field(default_factory=dict)  # name -> why

    def reasons(self) -> dict[str, list[str]]:
        """What was left out, by the reason."""
        found: dict[str, list[str]] = {}
        for name, reason in self.left_out.items():
            found.setdefault(reason, []).append(name)
        return found


def read_comparison(root: Path, all_commits: bool = False) -> Comparison:
    """Read the finished experiments, the commits that they change, and the workspace where it differs from HEAD.

    Args:
        root: the project's folder, of a DVC repository in git.
        all_commits: take the experiments of all commits, not of HEAD alone.

    Raises:
        UserError: this is no DVC repository, or there is no experiment to show.
    """
    now = head(root)
    everywhere = finished(root)
    commits = [commit for commit in everywhere if all_commits or commit.baseline == now]
    comparison = Comparison(now)
    try:
        comparison.left_out |= unfinished(root)
    except UserError as error:
        comparison.left_out["experiments in the queue"] = str(error)
    if not commits:
        raise UserError(_nothing(comparison, len(everywhere)))

    baselines = dict.fromkeys([now, *(commit.baseline for commit in commits)])
    read = _Reader(root, [*baselines, *(commit.revision for commit in commits)])
    found = {now: (f"HEAD, {now[:7]}", "baseline")}
    found |= {revision: (f"commit {revision[:7]}", "baseline") for revision in baselines if revision != now}
    found |= {commit.revision: (commit.name, "experiment") for commit in commits}
    for revision, (name, kind) in found.items():
        _add(comparison, name, kind, read.of(revision))
    if not any(experiment.kind == "experiment" for experiment in comparison.experiments):
        raise UserError(_nothing(comparison, 0))
    here = _on_disk(root)
    if here != read.of(now):
        _add(comparison, "workspace", "workspace", here)
    return comparison


def varying(experiments: Sequence[Experiment]) -> dict[str, int]:
    """The settings in which experiments differ, in the order of params.yaml: name -> how many values there are."""
    names = dict.fromkeys(name for experiment in experiments for name in experiment.settings)
    counts = {name: len({experiment.settings.get(name) for experiment in experiments}) for name in names}
    return {name: count for name, count in counts.items() if count > 1}


def settings_of(text: str) -> dict[str, str]:
    """The settings of a params.yaml of any version of the project.

    Raises:
        ValueError: it is no YAML with sections.
    """
    try:
        tree = LOADER(text).get_single_data()
    except yaml.YAMLError as error:
        raise ValueError(f"{PARAMS} is no YAML ({' '.join(str(error).split())})") from None
    if not isinstance(tree, dict):
        raise ValueError(f"{PARAMS} has no settings")
    return {name: _text(value) for name, value in flat(tree)}


def means_of(text: str) -> dict[str, dict[str, dict[str, float]]]:
    """The figures of a results/metrics.json.

    Raises:
        ValueError: it is no JSON of sets, models and figures.
    """
    try:
        means = parse_metrics(text)
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"{METRICS_JSON} is not what the stage evaluate writes ({error})") from None
    if not all(set(PLANE) <= set(row) for models in means.values() for row in models.values()):
        raise ValueError(f"{METRICS_JSON} lacks {' or '.join(PLANE)}")
    return means


class _Reader:
    """Files of many commits, the same contents read and kept once."""

    def __init__(self, root: Path, revisions: Iterable[str]):
        self.files = {revision: files(root, revision, FILES) for revision in revisions}
        self.contents = contents(root, {name for found in self.files.values() for name in found.values()})

    def of(self, revision: str) -> dict[str, bytes]:
        """Path -> contents."""
        return {path: self.contents[name] for path, name in self.files[revision].items()}


def _on_disk(root: Path) -> dict[str, bytes]:
    """The same files of the workspace: path -> contents."""
    paths = [path for name in FILES for path in (root / name, *sorted((root / name).glob("*"))) if path.is_file()]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


def _add(comparison: Comparison, name: str, kind: str, found: Mapping[str, bytes]) -> None:
    """Put an experiment into the comparison, or why it cannot be there."""
    missing = [path for path in FILES[:2] if path not in found]
    if missing:
        comparison.left_out[name] = f"has no {' and no '.join(missing)} in git"
        return
    details = {match: data for path, data in found.items() if (match := DETAIL.fullmatch(Path(path).name))}
    try:
        experiment = Experiment(
            name,
            kind,
            settings_of(found[FILES[0]].decode()),
            means_of(found[FILES[1]].decode()),
            parse_photographs(found[FILES[1]].decode()),
            next((match[1] for match in details), ""),
            {match[2]: data for match, data in details.items()},
        )
    except ValueError as error:  # also what is not UTF-8
        comparison.left_out[name] = str(error)
    else:
        comparison.experiments.append(experiment)


def _text(value: Any) -> str:
    """A setting's value: numbers that are equal read the same, whether DVC or a person wrote them."""
    if isinstance(value, list):
        return ", ".join(map(_text, value)) or "none"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    try:
        return f"{float(value):.10g}"  # YAML 1.1 takes 5e-06 for a string
    except (ValueError, TypeError):  # a word; a date
        return str(value)


def _nothing(comparison: Comparison, elsewhere: int) -> str:
    """Why there is no page."""
    sentence = f"there is no finished experiment of the commit {comparison.head[:7]}"
    if comparison.left_out:
        reasons = (f"{reason}: {', '.join(names)}" for reason, names in comparison.reasons().items())
        sentence += f" ({'; '.join(reasons)})"
    if elsewhere:
        sentence += f"; those of other commits, {elsewhere}, are shown with --all-commits"
    return f"{sentence}; {HINT}"
