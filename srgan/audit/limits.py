"""The limits that photographs must keep to, and what does not keep to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from srgan.params.sections import Limits


class Finding(NamedTuple):
    """A limit that is not kept to."""

    limit: str  # its name in the section `limits`
    error: bool  # whether it stops the pipeline
    message: str  # what is wrong, and what to do


def check(report: Mapping[str, Any], drift: Mapping[str, float] | None, limits: Limits) -> list[Finding]:
    """Compare a report with the limits.

    Args:
        report: of `srgan.audit.report.report`.
        drift: figure -> how far it has moved; None where the accepted report is of other photographs.
        limits: the settings.

    Returns:
        What does not keep to them, errors first.
    """
    train = report["train"]
    photographs, duplicates, flagged = train["photographs"], train["duplicates"]["count"], train["flagged"]
    messages = {
        "leaks": _leaks(report["benchmarks"], limits.leaks),
        "duplicates": _share(duplicates, photographs, "look like another one", "duplicates", limits.duplicates),
        "flagged": _share(flagged, photographs, "are tiny, flat, grey or blurred", "flagged", limits.flagged),
        "unreadable": _unreadable(train["unreadable"], photographs, limits.unreadable),
        "jpeg_quality": _quality(train["quantiles"]["quality"], limits.jpeg_quality),
        "drift": _unmeasured(train["name"], limits) if drift is None else _drift(drift, limits.drift),
    }
    findings = [Finding(name, name in limits.errors, message) for name, message in messages.items() if message]
    return sorted(findings, key=lambda finding: not finding.error)


def _leaks(benchmarks: Mapping[str, Any], most: int) -> str:
    count = sum(each["leaks"]["count"] for each in benchmarks.values())
    if count <= most:
        return ""
    name, trained, measured = next(
        (name, *pair) for name, each in benchmarks.items() for pair in each["leaks"]["pairs"]
    )
    more = f" (and {count - 1} more)" if count > 1 else ""
    return (
        f"the training photograph {trained} looks like {measured} of the benchmark {name}{more}, and figures on what a "
        f"network was trained on are too good; remove it from data.train, or allow more than {most} in limits.leaks"
    )


def _share(count: int, photographs: int, what: str, key: str, most: float) -> str:
    if count <= most * photographs:
        return ""
    return (
        f"{count} of {photographs} training photographs ({count / photographs:.1%}) {what}; remove them, or allow more "
        f"than {most:.1%} in limits.{key}"
    )


def _unreadable(files: Mapping[str, Any], photographs: int, most: float) -> str:
    count, there = files["count"], files["count"] + photographs
    if count <= most * there:
        return ""
    return (
        f"{count} of {there} files of training photographs ({count / there:.1%}) cannot be read, {files['names'][0]} "
        f"among them; replace them, or allow more than {most:.1%} in limits.unreadable"
    )


def _quality(quantiles: list[float], least: float) -> str:
    median = float(np.median(quantiles)) if quantiles else 100.0
    if median >= least:
        return ""
    return (
        f"the training set's JPEGs have a median quality of about {median:.0f}, and networks learn their blocks; take "
        f"better ones, shrink them with patches.shrink, or allow less than {least:g} in limits.jpeg_quality"
    )


def _unmeasured(name: str, limits: Limits) -> str:
    if "drift" not in limits.errors:
        return ""
    return (
        f"data/accepted.json does not describe {name}, so drift cannot be measured; accept these photographs with "
        "cp results/data.json data/accepted.json, or take drift out of limits.errors"
    )


def _drift(drift: Mapping[str, float], most: float) -> str:
    beyond = {name: moved for name, moved in drift.items() if moved > most}
    if not beyond:
        return ""
    moved = ", ".join(f"{name} {value:.2f}" for name, value in sorted(beyond.items(), key=lambda item: -item[1]))
    return (
        f"the training photographs have drifted from the accepted report, in its standard deviations: {moved}; accept "
        f"them with cp results/data.json data/accepted.json, or allow more than {most:g} in limits.drift"
    )
