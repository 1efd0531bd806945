"""What results/data.json says of the photographs: short, and the same for the same photographs on every machine."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from srgan.atomic import write_json
from srgan.audit.drift import COMPARED, FORMAT
from srgan.audit.survey import Audit, Survey
from srgan.data.appearance import quantiles

FLAGS = ("tiny", "flat", "grey", "blurred")
MOST_NAMED = 100  # of a kind; the counts are of all


def report(audit: Audit) -> dict[str, Any]:
    """Counts, quantiles and names, for the limits and for a reader of differences."""
    train, benchmarks = audit.train, audit.benchmarks
    names = [photograph.name for photograph in train.photographs]
    found = _set(train, audit.patch)
    found["duplicates"] = {
        "count": sum(len(group) - 1 for group in audit.duplicates),
        "groups": [[names[index] for index in group] for group in audit.duplicates[:MOST_NAMED]],
    }
    measured = {}
    for benchmark in benchmarks:
        leaks = audit.leaks[benchmark.name]
        pairs = [[names[leak.trained], benchmark.photographs[leak.measured].name] for leak in leaks[:MOST_NAMED]]
        measured[benchmark.name] = _set(benchmark, 0) | {"leaks": {"count": len(leaks), "pairs": pairs}}
    return {"format": FORMAT, "train": found, "benchmarks": measured}


def write_report(path: Path, report: dict[str, Any]) -> None:
    """Write results/data.json."""
    write_json(path, report, indent=1)


def _set(survey: Survey, patch: int) -> dict[str, Any]:
    photographs = survey.photographs
    flagged = {photograph.name: photograph.flags(patch) for photograph in photographs}
    by_flag = {flag: [name for name, flags in flagged.items() if flag in flags] for flag in FLAGS}
    figures = {name: [getattr(each, name) for each in photographs] for name in COMPARED}
    return {
        "name": survey.name,
        "photographs": len(photographs),
        "unreadable": _named([each.name for each in survey.unreadable]),
        "megapixels": round(sum(figures["megapixels"]), 3),
        "bytes": sum(each.size for each in photographs),
        "formats": dict(sorted(Counter(each.format for each in photographs).items())),
        "flagged": sum(bool(flags) for flags in flagged.values()),
        "flags": {flag: _named(names) for flag, names in by_flag.items()},
        "quantiles": {
            name: quantiles(value for value in values if value is not None) for name, values in figures.items()
        },
    }


def _named(names: list[str]) -> dict[str, Any]:
    return {"count": len(names), "names": names[:MOST_NAMED]}
