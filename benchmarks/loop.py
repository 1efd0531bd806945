"""A whole stage as a user runs it, beside its bare step: python -m benchmarks.loop SECONDS.

Times are those at which MLflow got the rows of the curve, so they hold input, logging, checkpoints and all.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
import yaml
from mlflow import MlflowClient

from benchmarks.measure import ROOT, Row, rows_of
from tests.soak.tiny_project import environment

PAPER = {"blocks": 16, "filters": 64}
GROWTH = (200, 2000)  # iterations between which memory is to stay the same


def main() -> None:
    """Measure; print rows."""
    seconds = float(sys.argv[1])
    with tempfile.TemporaryDirectory() as name:
        project = Path(name)
        _prepare(project)
        for precision in ("float32", "mixed_bfloat16"):
            _against_step(project, precision, seconds)
        _memory(project)


def _prepare(project: Path) -> None:
    (project / "data").mkdir()
    for part in ("srgan", "stages", "requirements.txt", "data/accepted.json"):
        (project / part).symlink_to(ROOT / part)
    _write_params(project, {})
    for stage in ("download", "patches"):
        _finish(_stage(project, stage))


def _against_step(project: Path, precision: str, seconds: float) -> None:
    """The loop over a hundred iterations with a checkpoint, and what a stage takes besides its iterations."""
    training = {"precision": precision, "log_every": 10, "validate_every": 10_000, "checkpoint_every": 100}
    first, last = 20, 120  # the first steps trace, the last row waits for a validation
    iterations = last + 10
    pretrain = {"iterations": iterations, "batch_size": 16}
    _write_params(project, {"generator": PAPER, "training": training, "pretrain": pretrain})
    bare = [_bare_step(precision, seconds)]
    start = time.perf_counter()
    _finish(_stage(project, "pretrain"))
    whole = time.perf_counter() - start
    bare.append(_bare_step(precision, seconds))
    rows = _times(project)
    step = (rows[last] - rows[first]) / (last - first) / 1e3
    ratio = step / statistics.mean(bare)
    note = f"{ratio:.3f} of the bare step, {bare[0] * 1e3:.0f} ms right before and {bare[1] * 1e3:.0f} after"
    Row("loop", precision, step * 1e3, "ms an iteration", note).show()
    Row("stage outside its iterations", precision, whole - iterations * step, "s").show()


def _bare_step(precision: str, seconds: float) -> float:
    """Seconds of benchmarks.steps' pretrain, now: a machine's speed drifts by more than the loop costs."""
    rows = rows_of("steps", "pretrain", precision, str(seconds))
    return next(row.value for row in rows if row.part == "pretrain") / 1e3


def _memory(project: Path) -> None:
    """Resident memory of a long run of the sample's network."""
    few = {"log_every": 50, "validate_every": 10_000, "checkpoint_every": 500}
    settings = {"training": few, "pretrain": {"iterations": GROWTH[1] + 50, "batch_size": 1}}
    _write_params(project, settings | {"generator": {"blocks": 1, "filters": 8}})
    process = _stage(project, "pretrain")
    watched, sizes = psutil.Process(process.pid), []
    while process.poll() is None:
        try:
            sizes.append((1e3 * time.time(), watched.memory_info().rss))
        except psutil.NoSuchProcess:
            break
        time.sleep(0.1)
    _finish(process)
    rows = _times(project)
    early, late = (max(size for at, size in sizes if at <= rows[iteration]) for iteration in GROWTH)
    Row("memory", f"iterations {GROWTH[0]} to {GROWTH[1]}", 100 * (late / early - 1), "% more").show()


def _write_params(project: Path, changes: dict[str, dict[str, Any]]) -> None:
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    for section, values in changes.items():
        params[section] |= values
    (project / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")


def _stage(project: Path, name: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", f"stages.{name}"], cwd=project, env=environment(), stdout=subprocess.DEVNULL
    )


def _finish(stage: subprocess.Popen[bytes]) -> None:
    if stage.wait():
        sys.exit(f"{' '.join(map(str, stage.args))} failed")


def _times(project: Path) -> dict[int, int]:
    """Iteration -> milliseconds at which the newest run logged it."""
    client = MlflowClient(f"sqlite:///{project / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("srgan")
    run = client.search_runs([experiment.experiment_id], order_by=["attributes.start_time DESC"], max_results=1)[0]
    return {metric.step: metric.timestamp for metric in client.get_metric_history(run.info.run_id, "loss")}


if __name__ == "__main__":
    main()
