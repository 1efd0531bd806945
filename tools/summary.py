"""The sample's figures beside another branch's, and the overview, as Markdown: python -m tools.summary BRANCH.

Under GitHub Actions it goes to the page of the run, elsewhere to the terminal.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
from pathlib import Path

from srgan.errors import UserError
from srgan.evaluation.results import Means, parse_metrics, read_metrics
from srgan.metrics.score import METRICS, in_tables, printed
from srgan.names import COLUMNS
from srgan.pipeline import METRICS_JSON, RESULTS
from srgan.report.table import markdown
from tools.differences import committed


def main() -> None:
    """Write the summary."""
    parser = argparse.ArgumentParser(description="Shows the sample's figures beside those of another branch.")
    parser.add_argument("branch", help="any commit that git knows, such as origin/main")
    branch = parser.parse_args().branch
    known = ["git", "rev-parse", "--quiet", "--verify", f"{branch}^{{commit}}"]
    if subprocess.run(known, stdout=subprocess.DEVNULL, check=False).returncode:
        parser.error(f"git knows no {branch}; `git fetch` may bring it")
    try:
        now = read_metrics(METRICS_JSON)
    except UserError as error:
        parser.error(str(error))
    before = parse_metrics(committed(METRICS_JSON.as_posix(), branch) or "{}")
    text = f"## The sample run, beside `{branch}`\n\n{table(before, now)}\n\n{gone(before, now)}{picture()}\n"
    if page := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(page).open("a", encoding="utf-8") as file:
            file.write(text)
    else:
        print(text, end="")


def table(before: Means, now: Means) -> str:
    """A row for each network on each set: its figures, and in brackets by how much they changed in what is printed."""
    measured = in_tables({metric for models in now.values() for figures in models.values() for metric in figures})
    rows = [["", *(METRICS[metric].header for metric in measured)]]
    for benchmark, models in now.items():
        for model, figures in models.items():
            old = before.get(benchmark, {}).get(model, {})
            cells = [cell(metric, old.get(metric), figures.get(metric, math.nan)) for metric in measured]
            rows.append([f"{COLUMNS[model]}, {benchmark}", *cells])
    return markdown(rows, [":--"] + ["--:"] * len(measured))


def gone(before: Means, now: Means) -> str:
    """A paragraph that names the networks and sets which are no longer measured, if there are such."""
    names = [
        f"{COLUMNS.get(model, model)}, {benchmark}"
        for benchmark, models in before.items()
        for model in models
        if model not in now.get(benchmark, {})
    ]
    return f"No longer measured: {'; '.join(names)}.\n\n" if names else ""


def cell(metric: str, old: float | None, new: float) -> str:
    """A figure, and its change if there is one: the difference of what is printed, as DVC's."""
    shown, decimals = printed(metric, new), METRICS[metric].decimals
    if old is None:
        return f"{shown} (new)"
    if printed(metric, old) == shown:
        return shown
    if not math.isfinite(old) or not math.isfinite(new):
        return f"{shown} (was {printed(metric, old)})"
    return f"{shown} ({round(new, decimals) - round(old, decimals):+.{decimals}f})"


def picture() -> str:
    """The overview: on GitHub the committed one, as a summary shows only pictures that have an address."""
    path = (RESULTS / "overview.png").as_posix()
    if "GITHUB_REPOSITORY" not in os.environ:
        return f"![The networks]({path})"
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    address = f"{os.environ['GITHUB_SERVER_URL']}/{os.environ['GITHUB_REPOSITORY']}/raw/{commit}/{path}"
    return f"![The networks]({address})\n\nThe picture is as committed; the figures are of this run."


if __name__ == "__main__":
    main()
