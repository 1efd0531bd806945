"""The whole pipeline with the real `dvc` command, in a copy of the working tree, with tiny settings."""

import json
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from copy import copy
from pathlib import Path

import mlflow
import psutil
import pytest
from mlflow import MlflowClient

from tests.soak.tiny_project import environment, make_tiny

pytestmark = pytest.mark.slow

STAGES = ["download", "patches", "pretrain", "gan", "vgg", "wgan", "evaluate", "render"]
MODELS = ["bicubic", "pretrain", "gan", "vgg", "wgan"]
METRICS = {"psnr_y", "ssim_y", "psnr_rgb", "ssim_rgb", "lr_psnr", "perceptual_distance", "mesh", "halo"}
METRICS |= {"spectral_distance"}


class Project:
    """A copy of the working tree, committed to a repository of its own."""

    def __init__(self, source: Path, folder: Path):
        self.folder = folder
        self.environment: dict[str, str] = {}
        make_tiny(source, folder)

    def run(self, *command: str, fails: bool = False) -> str:
        """Run a command in the project with the tests' own Python first on the path."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=environment() | self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert (done.returncode != 0) == fails, done.stdout
        return done.stdout

    def commit(self, message: str) -> None:
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "--message", message)

    def run_queue(self, jobs: int, experiments: int) -> None:
        """Run what is queued, and wait for so many experiments to succeed."""
        before = self.experiments()
        # Not `run`: workers keep its pipe open. Not `dvc queue status`, which may read what a worker half wrote.
        log = self.folder.with_suffix(".queue")
        with log.open("wb") as file:
            command = ["dvc", "queue", "start", "--jobs", str(jobs)]
            subprocess.run(
                command, cwd=self.folder, env=environment() | self.environment, stdout=file, stderr=file, check=True
            )
        deadline = time.monotonic() + 300 * experiments
        try:
            while len(self.experiments() - before) < experiments:
                assert time.monotonic() < deadline, self.run("dvc", "queue", "status")
                time.sleep(2)
        finally:
            for process in psutil.process_iter(["cmdline"]):
                with suppress(psutil.NoSuchProcess):
                    if "queue-worker" in (process.info["cmdline"] or []) and str(self.folder) in process.cwd():
                        process.terminate()  # it leaves when it has recorded its experiment; by itself after a minute

    def experiments(self) -> set[str]:
        """The git references of all experiments that came to their end."""
        names = self.run("git", "for-each-ref", "--format=%(refname)", "refs/exps").split()
        return {name for name in names if len(name.split("/")) == 5}

    def ran(self, output: str) -> list[str]:
        """The stages that DVC says it ran, in the order of the pipeline."""
        return [stage for stage in STAGES if f"Running stage '{stage}'" in output]

    def runs(self, store: str = "mlflow.db") -> list:
        """The MLflow runs of stages in a store of the project, the newest first."""
        return [run for run in self.all_runs(store) if "stage" in run.data.tags]

    def all_runs(self, store: str = "mlflow.db") -> list:
        """These and the runs above them, each an experiment."""
        mlflow.set_tracking_uri(f"sqlite:///{self.folder / store}")
        client = MlflowClient()
        return client.search_runs([client.get_experiment_by_name("srgan").experiment_id])


@pytest.fixture(scope="module")
def project(tmp_path_factory, repository):
    """A project that has been through `dvc repro` once, and what that printed."""
    project = Project(repository, tmp_path_factory.mktemp("project"))
    project.output = project.run("dvc", "repro")
    project.commit("results")
    return project


def test_all_eight_stages_run_and_leave_their_results(project):
    assert project.ran(project.output) == STAGES
    metrics = json.loads((project.folder / "results/metrics.json").read_text())
    assert list(metrics) == ["sample"]
    assert list(metrics["sample"]) == ["photographs", *MODELS]
    assert all(set(metrics["sample"][model]) >= METRICS for model in MODELS)
    assert 30 < metrics["sample"]["bicubic"]["psnr_y"] < 32
    table = (project.folder / "results/table.md").read_text()
    for title in (
        "bicubic",
        "| SRResNet | 6 | MSE |",
        "| SRGAN | 4 | MSE |",
        "| SRGAN-VGG | 4 | VGG16 features |",
        "| WGAN | 4 | MSE |",
        "photograph",
    ):
        assert title in table
    for link in ("crops/1-chelsea-all.png", "crops/2-flower-all.png", "curves.png"):
        assert link in table
        assert (project.folder / "results" / link).is_file()
    page = (project.folder / "results/report.html").read_text()
    assert page.count("data:image/webp;base64,") == 2 * (len(MODELS) + 1)


def test_progress_in_a_log_is_plain_lines_without_noise(project):
    assert "pretrain  6/6" in project.output
    assert "\r" not in project.output.replace("\r\n", "\n")
    assert "oneDNN" not in project.output
    assert "Traceback" not in project.output


def test_a_second_repro_runs_nothing(project):
    output = project.run("dvc", "repro")
    assert project.ran(output) == []
    assert "Data and pipelines are up to date." in output
    assert project.run("git", "status", "--porcelain") == ""


def test_every_run_is_in_mlflow(project):
    runs = {run.info.run_name: run for run in project.runs()}
    assert set(runs) == {"pretrain", "gan", "vgg", "wgan", "evaluate"}
    for name, run in runs.items():
        assert run.info.status == "FINISHED"
        assert run.data.tags["stage"] == name
        assert len(run.data.tags["git_commit"]) == 40
    (experiment,) = (run for run in project.all_runs() if "stage" not in run.data.tags)
    assert {run.data.tags["mlflow.parentRunId"] for run in runs.values()} == {experiment.info.run_id}
    assert experiment.info.status == "FINISHED"
    assert experiment.data.metrics.items() <= runs["evaluate"].data.metrics.items()
    assert "sample/gan/psnr_y" in experiment.data.metrics
    client = MlflowClient()
    for stage in ("pretrain", "gan", "vgg", "wgan"):
        run = runs[stage]
        assert {"loss", "content_loss", "psnr_y", "perceptual_distance", "lr"} <= set(run.data.metrics)
        steps = [metric.step for metric in client.get_metric_history(run.info.run_id, "loss")]
        assert steps == sorted(set(steps))
        assert steps[-1] == (6 if stage == "pretrain" else 4)
        assert run.data.params[f"{stage}.batch_size"] == "2"
        assert run.inputs.dataset_inputs[0].dataset.name == "patches"
        artifacts = {item.path for item in client.list_artifacts(run.info.run_id)}
        assert "images" in artifacts
    assert runs["gan"].data.tags["init_generator_sha256"] == runs["pretrain"].data.tags["generator_sha256"]
    assert runs["vgg"].data.tags["init_discriminator_sha256"] == runs["gan"].data.tags["discriminator_sha256"]
    assert runs["evaluate"].data.tags["vgg_generator_sha256"] == runs["vgg"].data.tags["generator_sha256"]
    assert runs["evaluate"].data.metrics["sample/bicubic/psnr_y"] > 30


def test_forced_to_run_again_dvc_lock_is_the_same_to_the_byte(project):
    before, count = (project.folder / "dvc.lock").read_bytes(), len(project.runs())
    output = project.run("dvc", "repro", "--force")
    assert project.ran(output) == STAGES
    assert (project.folder / "dvc.lock").read_bytes() == before
    assert len(project.runs()) == count + 5  # trained anew, not taken from what the first run left
    assert project.run("git", "status", "--porcelain") == ""


def test_another_clone_gets_what_it_wants_from_the_storage(project, tmp_path):
    """As docs/sharing.md says, with a folder as the storage."""
    project.run("dvc", "remote", "add", "--default", "storage", str(tmp_path / "storage"))
    project.run("dvc", "push")
    project.commit("Name the storage")
    project.run("git", "clone", "--quiet", ".", str(tmp_path / "clone"))

    clone = copy(project)
    clone.folder = tmp_path / "clone"
    output = clone.run("dvc", "repro", "--allow-missing", "--dry")
    assert "Running stage" not in output
    clone.run("dvc", "pull", "models/gan")
    assert {path.name for path in (clone.folder / "models").iterdir()} >= {"gan"}
    weights = Path("models/gan/generator.weights.h5")
    assert (clone.folder / weights).read_bytes() == (project.folder / weights).read_bytes()
    assert not (clone.folder / "models/wgan").exists()

    project.run("git", "tag", "-a", "-m", "SRGAN 1.0.0", "srgan@v1.0.0")
    outside = copy(project)
    outside.folder = tmp_path
    outside.run("dvc", "artifacts", "get", str(project.folder), "srgan", "-o", "fetched")
    assert (tmp_path / "fetched" / weights.name).read_bytes() == (project.folder / weights).read_bytes()


def test_an_experiment_reruns_what_it_changes_and_lands_in_the_one_store(project):
    count = len(project.runs())
    output = project.run("dvc", "exp", "run", "--set-param", "gan.lr=5e-6")
    assert project.ran(output) == ["gan", "vgg", "evaluate", "render"]
    assert len(project.runs()) == count + 3
    newest = project.runs()[0]
    assert newest.data.tags["dvc_experiment"]
    above = MlflowClient().get_run(newest.data.tags["mlflow.parentRunId"])
    assert above.info.run_name == newest.data.tags["dvc_experiment"]
    assert above.data.tags["mlflow.note.content"] == "* `gan.lr`: 5e-06, instead of 0.0002"
    assert above.data.tags["from.pretrain"].startswith("taken over from run ")
    assert above.data.tags["from.gan"].endswith(", below")
    assert {run.data.params["gan.lr"] for run in project.runs() if run.info.run_name == "gan"} == {"0.0002", "5e-06"}
    project.run("git", "checkout", "--quiet", "--", ".")
    project.run("dvc", "checkout")


def test_four_queued_experiments_two_at_a_time_land_in_the_one_store(project):
    """Two workers on a fresh store, then two more experiments, each in a temporary copy that DVC deletes."""
    penalties = {"2.0", "5.0", "20.0", "50.0"}
    project.environment["MLFLOW_TRACKING_URI"] = "sqlite:///fresh.db"  # relative: to the original, not to the copy
    project.run("dvc", "exp", "run", "--queue", "--set-param", f"wgan.penalty={','.join(sorted(penalties))}")
    project.run_queue(jobs=2, experiments=len(penalties))
    del project.environment["MLFLOW_TRACKING_URI"]
    runs = [run for run in project.runs("fresh.db") if run.info.run_name == "wgan"]
    assert {run.data.params["wgan.penalty"] for run in runs} == penalties
    assert len({run.data.tags["generator_sha256"] for run in runs}) == len(runs) == len(penalties)
    for run in runs:
        steps = [metric.step for metric in MlflowClient().get_metric_history(run.info.run_id, "loss")]
        assert steps == [2, 4]
        images = MlflowClient().list_artifacts(run.info.run_id, "images")
        assert images
        assert Path(MlflowClient().download_artifacts(run.info.run_id, images[0].path)).is_file()


def test_repro_beside_an_experiment_in_a_temporary_copy(project):
    """The one trains vgg again, the other wgan with another setting; neither sees the other's results.

    DVC takes away what a stage is going to write. A copy that is made after that lacks results/vgg.json: the experiment
    takes it from the cache of runs, or trains vgg too, to the same bytes.
    """
    before = (project.folder / "dvc.lock").read_bytes()
    with ThreadPoolExecutor() as pool:
        beside = pool.submit(project.run, "dvc", "exp", "run", "--temp", "--set-param", "wgan.penalty=6.0")
        output = project.run("dvc", "repro", "--force", "--single-item", "vgg")
        experiment = beside.result()
    assert project.ran(output) == ["vgg"]
    assert [stage for stage in project.ran(experiment) if stage != "vgg"] == ["wgan", "evaluate", "render"]
    assert (project.folder / "dvc.lock").read_bytes() == before
    newest = {run.info.run_name: run for run in reversed(project.runs())}
    assert newest["wgan"].data.params["wgan.penalty"] == "6.0"
    assert newest["evaluate"].data.tags["vgg_generator_sha256"] == newest["vgg"].data.tags["generator_sha256"]
    assert newest["evaluate"].data.tags["wgan_generator_sha256"] == newest["wgan"].data.tags["generator_sha256"]


def test_a_mistake_in_params_stops_the_first_stage_with_a_sentence(project):
    params = project.folder / "params.yaml"
    before = params.read_text()
    params.write_text(before.replace("n_critic: 2", "n_critic: many"))
    try:
        output = project.run("dvc", "repro", fails=True)
    finally:
        params.write_text(before)
    assert "error: params.yaml: wgan.n_critic is 'many'; it must be a whole number" in output
    assert "Traceback" not in output
