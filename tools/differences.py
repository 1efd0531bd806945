"""What a run changed of the committed results, and why: python -m tools.differences, at the end of `make run`.

dvc.lock records each stage's code, settings, inputs and output digests. Comparing the committed file with the present
one tells changed settings from a machine that rounds differently.
"""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from srgan.evaluation.results import parse_metrics, read_metrics
from srgan.inference.ncnn_graph import cores
from srgan.metrics.score import METRICS, printed
from srgan.params.read import flat
from srgan.pipeline import CODE, METRICS_JSON, NETWORKS

LOCK = "dvc.lock"
Stages = dict[str, dict[str, Any]]  # of dvc.lock, by name, in the order of the pipeline


def main() -> None:
    """Print what differs; nothing where nothing is committed to compare with."""
    before, now = committed(LOCK), Path(LOCK)
    if before is not None and now.is_file():
        states = (yaml.safe_load(text)["stages"] for text in (before, now.read_text(encoding="utf-8")))
        print(*report(*states), sep="\n")


def committed(path: str, commit: str = "HEAD") -> str | None:
    """A file's text in one of git's commits, or None."""
    command = ["git", "show", f"{commit}:./{path}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None


def report(before: Stages, now: Stages) -> Iterator[str]:
    """What to say of two states of dvc.lock, line by line."""
    now = {name: now[name] for name in before if name in now}
    other = [name for name in now if contents(before[name], "outs") != contents(now[name], "outs")]
    if not other:
        yield "Every result is the committed one, to the byte."
        return
    changed = sorted({each for name in now for each in chosen(before[name], now[name])})
    machine = [name for name in other if inputs(before[name]) == inputs(now[name])]
    yield f"These stages gave other bytes than the committed ones: {', '.join(other)}."
    if changed:
        yield f"Changed code or settings: {', '.join(changed)}."
    if machine:
        networks = any(
            path.startswith(f"{NETWORKS}/")
            for name in machine
            for path, _ in contents(now[name], "outs").items() - contents(before[name], "outs").items()
        )
        yield (
            f"{' and '.join(machine)} had the same code, settings and inputs: this machine ({processor()}) sums in "
            "another order than the one\nwhose results are committed, or has other versions of packages. That is no "
            "failure; "
            + ("what follows starts from other weights." if networks else "the networks are the same bytes.")
        )
    yield from figures()
    yield f"To restore the committed files: git checkout -- {LOCK} results"


def contents(stage: dict[str, Any], kind: str) -> dict[str, str]:
    """A stage's `deps` or `outs`: path -> digest."""
    return {each["path"]: each["md5"] for each in stage.get(kind, [])}


def inputs(stage: dict[str, Any]) -> tuple[Any, ...]:
    """All that a stage's outputs are a function of."""
    return contents(stage, "deps"), stage.get("params")


def chosen(before: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    """The settings and code files, not the data, that differ between two runs of a stage."""
    for old, new in (
        (_code(before), _code(now)),
        (_settings(before), _settings(now)),
    ):
        yield from (key for key in old.keys() | new.keys() if old.get(key) != new.get(key))


def _code(stage: dict[str, Any]) -> dict[str, str]:
    return {path: digest for path, digest in contents(stage, "deps").items() if path.startswith(CODE)}


def _settings(stage: dict[str, Any]) -> dict[str, Any]:
    """A stage's settings by their dotted names."""
    return dict(flat(stage.get("params", {}).get("params.yaml", {})))


def processor() -> str:
    """The processor's name and how many cores this process may use."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, cores: {cores()}"


def figures() -> Iterator[str]:
    """The means of each network on the first set, as committed and now."""
    text = committed(METRICS_JSON.as_posix())
    if text is None or not METRICS_JSON.is_file():
        return
    before, now = parse_metrics(text), read_metrics(METRICS_JSON)
    first = next(iter(now))
    for model, values in now[first].items():
        if old := before.get(first, {}).get(model):
            shown = (
                f"{METRICS[metric].name} {printed(metric, old[metric])}, now {printed(metric, values[metric])}"
                for metric in ("psnr_y", "perceptual_distance")
            )
            yield f"  {model:9} {'; '.join(shown)}"


if __name__ == "__main__":
    main()
