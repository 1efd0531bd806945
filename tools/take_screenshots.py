"""Take the README's pictures: python -m tools.take_screenshots [mlflow.db]

docs/report.webp is the top of results/report.html; docs/web.webp is the page of `srgan web` with a result;
docs/mlflow.webp, if a store is named, is MLflow's comparison of the newest run of each training stage in it.
"""

import io
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote
from urllib.request import urlopen

from mlflow import MlflowClient
from PIL import Image
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait
from skimage import data

from srgan.pipeline import TRAINING_STAGES
from tests.browser import chromium, resize
from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 1200  # px
WEB_WIDTH = 820  # px
CHARTS = "psnr_y|perceptual_distance|mesh"  # of MLflow's, a regular expression
HIDE = "document.head.insertAdjacentHTML('beforeend', '<style>.modebar { display: none }</style>')"
SETTLED = 4  # seconds in which MLflow draws its charts


def take_report(driver) -> None:
    """The page from its top to the end of the sliders."""
    driver.get((ROOT / "results/report.html").as_uri())
    bottom = "return Math.ceil(document.querySelector('.viewer').getBoundingClientRect().bottom)"
    resize(driver, WIDTH, driver.execute_script(bottom) + 16)
    save(driver, "report")


def take_web(driver) -> None:
    """The page of `srgan web` with a cat's eye enlarged, light."""
    with TemporaryDirectory() as folder:
        photo = Path(folder) / "chelsea.png"
        Image.fromarray(data.chelsea()[76:160, 104:264]).save(photo)
        command = [sys.executable, "-m", "srgan", "web", "--port", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
            try:
                driver.get(re.search(r"http://\S+", server.stdout.readline())[0])
                wait = WebDriverWait(driver, 60)
                wait.until(lambda _: Select(driver.find_element(By.NAME, "network")).options)
                Select(driver.find_element(By.NAME, "network")).select_by_value("pretrained/vgg")
                driver.find_element(By.NAME, "files").send_keys(str(photo))
                wait.until(lambda _: driver.find_element(By.CSS_SELECTOR, ".viewer").is_displayed())
                bottom = "return Math.ceil(document.querySelector('.picture').getBoundingClientRect().bottom + scrollY)"
                resize(driver, WEB_WIDTH, 800)
                resize(driver, WEB_WIDTH, driver.execute_script(bottom) + 16)
                driver.execute_script("scrollTo({ top: 0, behavior: 'instant' })")  # the page has gone to the picture
                time.sleep(1)
                save(driver, "web", quality=80)
            finally:
                server.terminate()


def take_mlflow(driver, store: Path) -> None:
    """MLflow's page that compares the runs."""
    uri = f"sqlite:///{store.resolve()}"
    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name("srgan").experiment_id
    newest = {run.info.run_name: run.info.run_id for run in reversed(client.search_runs([experiment]))}
    chosen = ",".join(f"'{newest[stage]}'" for stage in TRAINING_STAGES)
    page = f"#/experiments/{experiment}/runs?compareRunsMode=CHART&searchFilter={quote(f'run_id IN ({chosen})')}"
    port = free_port()
    command = ["mlflow", "ui", "--workers", "1", "--host", "127.0.0.1", "--port", str(port), "--backend-store-uri", uri]
    quick = os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with subprocess.Popen(command, env=quick, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(f"http://127.0.0.1:{port}/health")
            resize(driver, WIDTH, 720)
            driver.get(f"http://127.0.0.1:{port}/{page}")
            wait = WebDriverWait(driver, 60)

            def found(selector: str):
                return wait.until(lambda _: driver.find_elements(By.CSS_SELECTOR, selector))[0]

            found("[aria-label=Close]").click()  # its assistant
            found("[aria-label='Toggle sidebar']").click()
            found("[placeholder='Search metric charts']").send_keys(CHARTS)
            # Where there is no mouse, buttons lie over the charts.
            driver.execute_script(HIDE)
            time.sleep(SETTLED)
            save(driver, "mlflow")
        finally:
            server.terminate()


def wait_for(url: str, seconds: float = 60) -> None:
    """Wait until a server answers."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urlopen(url, timeout=5):  # noqa: S310 - http://127.0.0.1
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)


def save(driver, name: str, **options) -> None:
    """Write what the window shows to docs/, as WebP: without loss, unless the options are others."""
    picture = Image.open(io.BytesIO(driver.get_screenshot_as_png())).convert("RGB")
    path = ROOT / "docs" / f"{name}.webp"
    path.parent.mkdir(exist_ok=True)
    picture.save(path, **(options or {"lossless": True}))
    print(f"{path.relative_to(ROOT)}: {picture.width} x {picture.height}, {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    with chromium(WIDTH) as browser:
        take_report(browser)
        take_web(browser)
        if sys.argv[1:]:
            take_mlflow(browser, Path(sys.argv[1]))
