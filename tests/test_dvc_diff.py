"""`dvc metrics diff` and `dvc plots diff` between two commits: few rows, and curves that can be told apart."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import vl_convert

from srgan.evaluation.results import read_metrics, write_metrics, write_summary
from srgan.pipeline import METRICS_JSON, SUMMARY_JSON, TRAINING_STAGES
from tests.browser import browser_missing, chromium


@pytest.fixture(scope="module")
def two_commits(repository, tmp_path_factory):
    """A project with the committed results, and a second commit in which SRGAN is better and all else as good as it."""
    project = tmp_path_factory.mktemp("project")
    for name in ("dvc.yaml", ".dvc/config", ".dvc/plots", "results"):
        copy = shutil.copytree if (repository / name).is_dir() else shutil.copy
        (project / name).parent.mkdir(exist_ok=True)
        copy(repository / name, project / name)
    run(project, "git", "init", "--quiet")
    means = read_metrics(project / METRICS_JSON)
    write_summary(project / SUMMARY_JSON, means, TRAINING_STAGES)
    commit(project, "before")
    for models in means.values():
        for values in models.values():
            values["ssim_y"] += 1e-6  # as on another processor
        models["gan"]["psnr_y"] += 0.2
        models["gan"]["perceptual_distance"] -= 0.03
    write_metrics(project / METRICS_JSON, means, {})
    write_summary(project / SUMMARY_JSON, means, TRAINING_STAGES)
    curve = project / "results/curves/gan.csv"
    curve.write_text(curve.read_text().replace(",31.", ",32."))
    commit(project, "after")
    return project


def run(project, *command):
    """What a command prints, with the tests' own programs first on the path."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def commit(project, message):
    run(project, "git", "add", "--all")
    run(project, "git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", f"--message={message}")


def test_what_has_changed_is_listed_and_no_more(two_commits):
    printed = run(two_commits, "dvc", "metrics", "diff", "HEAD~1", "HEAD")
    _, *rows = (line.split() for line in printed.splitlines())
    assert [(path, metric) for path, metric, *_ in rows] == [
        ("results/summary.json", "sample.perceptual_distance.gan"),
        ("results/summary.json", "sample.psnr_y.gan"),
    ]
    for *_, before, after, change in rows:
        assert float(after) - float(before) == pytest.approx(float(change), abs=1e-5)


def test_every_figure_can_be_asked_for(two_commits):
    asked = run(two_commits, "dvc", "metrics", "diff", "--json", "HEAD~1", "HEAD", "--targets", str(METRICS_JSON))
    figures = json.loads(asked)[str(METRICS_JSON)]
    assert figures["sample.gan.psnr_y"]["diff"] == pytest.approx(0.2)
    assert {f"sample.{model}.ssim_y" for model in ("bicubic", *TRAINING_STAGES)} <= set(figures)


def test_a_chart_has_a_colour_for_each_stage_and_a_legend_that_says_which_commit_is_dashed(two_commits):
    if reason := browser_missing():
        pytest.skip(reason)
    run(two_commits, "dvc", "plots", "diff", "HEAD~1", "HEAD")
    (two_commits / ".venv").mkdir()
    (two_commits / ".venv/vega.js").write_text(vl_convert.javascript_bundle(vl_version="6.4"))
    with chromium(1400, 1000) as driver:
        driver.get((two_commits / "dvc_plots/index.html").as_uri())
        driver.implicitly_wait(20)
        driver.find_element("css selector", "#Wasserstein_estimate svg.marks")
        lines = driver.execute_script(
            "return [...document.querySelectorAll('#Validation_PSNR-Y path[aria-roledescription=\"line mark\"]')]"
            ".map(line => [line.getAttribute('stroke'), line.getAttribute('stroke-dasharray')])"
        )
        legend = driver.execute_script(
            "return [...document.querySelectorAll('#Validation_PSNR-Y .role-legend-entry .mark-group.role-scope > g')]"
            ".map(entry => [entry.querySelector('text').textContent, entry.querySelector('path[stroke]')])"
            ".map(([title, line]) => [title, line?.getAttribute('stroke'), line?.getAttribute('stroke-dasharray')])"
        )
    assert len(lines) == 8
    assert len({colour for colour, _ in lines}) == 4
    assert len({dashes for _, dashes in lines}) == 2
    assert [(title, stroke) for title, stroke, _ in legend if title.startswith("HEAD")] == [
        ("HEAD", "black"),
        ("HEAD~1", "black"),
    ]
    assert {dashes for title, _, dashes in legend if title.startswith("HEAD")} == {dashes for _, dashes in lines}
