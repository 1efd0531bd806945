"""`dvc plots show`: its page draws the curves where there is no network."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from selenium.webdriver.support.wait import WebDriverWait

from tests.browser import browser_missing, chromium

CHARTS = 9  # five named in dvc.yaml's `plots`, and one for each training stage


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
        WebDriverWait(driver, 20).until(lambda _: len(driver.find_elements("tag name", "canvas")) == CHARTS)
        yield driver


def test_the_curves_are_drawn_without_a_network(page):
    divs = "[...document.querySelectorAll('body > div')].filter((div) => div.querySelector('canvas'))"
    titles = page.execute_script(f"return {divs}.map((div) => div.id)")
    assert titles[:2] == ["Content_loss", "Content_loss_on_VGG19_features"]
    inked = page.execute_script(
        """return [...document.querySelectorAll('canvas')].map((canvas) => {
          const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          return new Set(new Uint32Array(data.buffer)).size;
        })"""
    )
    assert len(inked) == len(titles) == CHARTS
    assert all(colours > 50 for colours in inked), "a canvas is empty"


def test_it_asks_for_local_files_alone_and_complains_of_nothing(page):
    messages = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    asked = {m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"}
    assert any(url.endswith("/.venv/vega.js") for url in asked)
    assert all(url.startswith(("file://", "data:")) for url in asked)
    assert page.get_log("browser") == []


@pytest.mark.parametrize("name", ["pretrain", "gan", "vgg", "wgan"])
def test_the_template_leaves_out_iterations_without_a_figure(repository, name):
    """DVC's own template draws them as 0, and a curve of decibels becomes a comb."""
    import vl_convert

    specification = (repository / ".dvc/plots/curve.json").read_text()
    rows = (repository / f"results/curves/{name}.csv").read_text().splitlines()
    header = rows[0].split(",")
    values = [dict(zip(header, row.split(","), strict=True)) | {"rev": "workspace"} for row in rows[1:]]
    for anchor, field in (("Y", "psnr_y"), ("X", "iteration"), ("TITLE", name), ("X_LABEL", "x"), ("Y_LABEL", "y")):
        specification = specification.replace(f"<DVC_METRIC_{anchor}>", field)
    specification = json.loads(specification)
    specification["data"]["values"] = values
    svg = vl_convert.vegalite_to_svg(specification, vl_version="6.4")
    assert svg.count('aria-roledescription="point"') == sum(row["psnr_y"] != "" for row in values) > 1
