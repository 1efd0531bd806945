"""`dvc plots show`: its page draws the curves where there is no network."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from selenium.webdriver.support.wait import WebDriverWait

from tests.browser import browser_missing, chromium

CHARTS = 8  # those that dvc.yaml names in `plots`


@pytest.fixture(scope="module")
def page(repository, tmp_path_factory):
    """The page that DVC writes in a project with the committed curves, set up as `make` does it."""
    if reason := browser_missing():
        pytest.skip(reason)
    project = tmp_path_factory.mktemp("project")
    for name in ("Makefile", "dvc.yaml", ".dvc/config", ".dvc/plots", "results"):
        copy = shutil.copytree if (repository / name).is_dir() else shutil.copy
        (project / name).parent.mkdir(exist_ok=True)
        copy(repository / name, project / name)
    (project / ".venv").mkdir()
    programs = Path(sys.executable).parent
    environment = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}"}
    for command in (
        ["git", "init", "--quiet"],
        ["make", f"BIN={programs}", "--old-file=.venv/installed", ".venv/vega.js"],
        ["dvc", "plots", "show"],
    ):
        done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    with chromium(1400, 1000) as driver:
        driver.get((project / "dvc_plots/index.html").as_uri())
        WebDriverWait(driver, 20).until(lambda _: len(driver.find_elements("css selector", "svg.marks")) == CHARTS)
        yield driver


@pytest.mark.parametrize(
    ("chart", "stages", "column"),
    [
        ("Content_loss", ["pretrain", "gan", "wgan"], "content_loss"),
        ("Content_loss_on_VGG_features", ["vgg"], "content_loss"),
        ("Validation_PSNR-Y", ["pretrain", "gan", "vgg", "wgan"], "psnr_y"),
        ("Validation_perceptual_distance", ["pretrain", "gan", "vgg", "wgan"], "perceptual_distance"),
        ("Validation_mesh", ["pretrain", "gan", "vgg", "wgan"], "mesh"),
        ("Validation_halo", ["pretrain", "gan", "vgg", "wgan"], "halo"),
        ("Discriminator_loss", ["gan", "vgg"], "discriminator_loss"),
        ("Wasserstein_estimate", ["wgan"], "wasserstein"),
    ],
)
def test_a_chart_has_a_point_for_every_figure_that_was_taken_and_no_other(page, repository, chart, stages, column):
    """DVC's own template draws an iteration without a figure as 0, and a curve of decibels becomes a comb."""
    curves = [pd.read_csv(repository / f"results/curves/{stage}.csv")[column].dropna() for stage in stages]
    drawn = page.execute_script(
        f"return document.getElementById('{chart}').querySelectorAll('path[aria-roledescription=point]').length"
    )
    assert drawn == sum(map(len, curves)) > 0


def test_it_asks_for_local_files_alone_and_complains_of_nothing(page):
    messages = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    asked = {m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"}
    assert any(url.endswith("/.venv/vega.js") for url in asked)
    assert all(url.startswith(("file://", "data:")) for url in asked)
    assert page.get_log("browser") == []
