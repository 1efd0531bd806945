"""python -m benchmarks [PART ...]: measure, print the table and write it to benchmarks/table.md."""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

from benchmarks.measure import ROOT, Row, rows_of
from srgan.report.table import markdown

TABLE = Path(__file__).with_name("table.md")
PRECISIONS = ("float32", "mixed_bfloat16")
STEPS = ("pretrain", "gan", "vgg22", "vgg54", "wgan", "inference")
PARTS = (*STEPS, "loop", "data", "start")


def main() -> None:
    """Run the parts, each in processes of its own."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.partition(": ")[2])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; default: all")
    parser.add_argument("--seconds", type=float, default=6.0, help="spent on each figure (default: 6)")
    options = parser.parse_args()
    if unknown := sorted(set(options.parts) - set(PARTS)):
        parser.error(f"no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    chosen = [part for part in PARTS if part in (options.parts or PARTS)]
    rows = measure(chosen, options.seconds)
    text = table(rows)
    print(text)
    if chosen == list(PARTS):
        TABLE.write_text(text, encoding="utf-8")


def measure(parts: list[str], seconds: float) -> list[Row]:
    """All rows of some parts, in order, each step right before PyTorch's so that both find the machine alike."""
    torch = importlib.util.find_spec("torch") is not None
    rows: list[Row] = []
    steps = [part for part in parts if part in STEPS]
    for precision in PRECISIONS if steps else ():
        rows += rows_of("steps", "matmul", precision, str(seconds))
        for step in steps:
            rows += rows_of("steps", step, precision, str(seconds))
            if torch:
                rows += rows_of("pytorch_steps", step, precision, str(seconds))
    for part in ("loop", "data"):
        if part in parts:
            rows += rows_of(part, str(seconds))
    if "start" in parts:
        rows += start_up()
    return rows


def start_up() -> list[Row]:
    """How long a person waits for what needs no TensorFlow."""

    def best(*arguments: str, cwd: Path = ROOT) -> float:
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        times = []
        for _ in range(3):
            start = time.perf_counter()
            subprocess.run([sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, check=False)
            times.append(time.perf_counter() - start)
        return min(times)

    return [
        Row("start", "python -m srgan --help", best("-m", "srgan", "--help"), "s"),
        Row("start", "a stage refusing its params", best("-m", "stages.pretrain", cwd=ROOT / "params"), "s"),
    ]


def table(rows: list[Row]) -> str:
    """The rows as Markdown, each figure beside its yardstick."""
    found = {(row.part, row.what): row.value for row in rows}
    about = (
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, TensorFlow {version('tensorflow')}"
        + (f", PyTorch {version('torch')}" if importlib.util.find_spec("torch") else "")
        + ". Medians of one run of `make bench`; 16 x 64 network, 16 crops of 96 px."
    )
    lines = [["", "", "", "beside"]]
    for row in rows:
        if row.part.endswith(("in PyTorch", "FLOP")):
            continue
        lines.append([row.part, row.what, f"{row.value:,.4g} {row.unit}", beside(row, found)])
    return f"{about}\n\n{markdown(lines, [':--', ':--', '--:', ':--'])}\n"


def beside(row: Row, found: dict[tuple[str, str], float]) -> str:
    """What a figure is to be compared with."""
    notes = [row.beside] if row.beside else []
    if theirs := found.get((f"{row.part} in PyTorch", row.what)):
        notes.append(f"PyTorch {theirs:,.4g} ms; here {theirs / row.value:.2f} times as fast")
    if (flop := found.get((f"{row.part} FLOP", row.what))) and (rate := found.get(("matmul", row.what))):
        notes.append(f"{100 * flop / (row.value / 1e3) / rate:.0f} % of the matmul rate")
    return "; ".join(notes)


if __name__ == "__main__":
    main()
