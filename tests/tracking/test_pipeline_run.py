"""The run above a pipeline's runs: one for one experiment, however its stages come to run."""

import contextlib
import getpass
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml
from mlflow import MlflowClient

from srgan.tracking import pipeline_run, runs
from srgan.tracking.pipeline_run import KEY, PARENT, experiment_of
from tests.ports import free_port
from tests.tracking.piped import INIT, change, git, parents, stage
from tests.tracking.server import tracking_server
from tests.tracking.stored import client


def test_the_stages_of_a_pipeline_are_below_one_run_that_is_the_experiment(project):
    below = [stage("pretrain"), stage("gan"), stage("evaluate", {"sample/gan/psnr_y": 31.8})]
    (parent,) = parents()
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    assert {run.data.tags[PARENT] for run in below} == {parent.info.run_id}
    assert parent.info.run_name == f"repro {commit[:7]}"
    assert parent.info.status == "FINISHED"
    assert parent.data.metrics == {"sample/gan/psnr_y": 31.8}
    assert parent.data.params["gan.lr"] == "0.0002"
    assert parent.data.params["data.train"] == "sample"
    assert parent.data.params["patches.size"] == "192"
    assert parent.data.tags["git_commit"] == commit
    assert parent.data.tags["mlflow.note.content"] == "The settings are those of the commit."
    for run in below:
        assert parent.data.tags[f"from.{run.info.run_name}"] == f"run {run.info.run_id}, below"


def test_one_changed_setting_is_another_experiment_that_says_where_the_rest_came_from(project, monkeypatch):
    pretrain = stage("pretrain", tags={"generator_sha256": "1a2b"})
    stage("gan", tags=INIT)
    (first,) = parents()
    assert first.data.tags["from.pretrain"] == f"run {pretrain.info.run_id}, below"

    monkeypatch.setenv("DVC_EXP_NAME", "rosy-otter")
    change(project, "gan", "lr", 5e-6)
    gan = stage("gan", tags=INIT)
    second = client().get_run(gan.data.tags[PARENT])
    assert second.info.run_id != first.info.run_id
    assert second.info.run_name == "rosy-otter"
    assert second.data.tags["mlflow.note.content"] == "* `gan.lr`: 5e-06, instead of 0.0002"
    assert second.data.tags["from.pretrain"] == f"taken over from run {pretrain.info.run_id} of {first.info.run_name}"
    stage("evaluate", tags={"pretrain_generator_sha256": "1a2b", "wgan_generator_sha256": "3c4d"})
    second = client().get_run(second.info.run_id)
    assert second.data.tags["from.wgan"] == "a network that no run here has trained"
    assert "from.vgg" not in second.data.tags
    assert len(parents()) == 2


def test_it_goes_on_with_a_stage_that_was_killed(project, monkeypatch):
    monkeypatch.setenv("DVC_EXP_NAME", "rosy-otter")
    with pytest.raises(KeyboardInterrupt), runs.run("pretrain", {}, {}) as killed:
        assert parents()[0].info.status == "RUNNING"
        raise KeyboardInterrupt
    assert parents()[0].info.status == "KILLED"
    monkeypatch.setenv("DVC_EXP_NAME", "lapse-cheek")  # DVC gives the same experiment another name
    with runs.run("pretrain", {}, {}, run_id=killed.id):
        assert parents()[0].info.status == "RUNNING"
    stage("gan")
    (parent,) = parents()
    assert parent.info.run_name == "rosy-otter"
    assert parent.info.status == "FINISHED"
    below = client().search_runs(["1"], f"tags.`{PARENT}` = '{parent.info.run_id}'")
    assert sorted(run.info.run_name for run in below) == ["gan", "pretrain"]


def test_it_is_running_as_long_as_a_stage_is(project):
    with runs.run("wgan", {}, {}):
        stage("gan")
        assert parents()[0].info.status == "RUNNING"
    assert parents()[0].info.status == "FINISHED"


def test_it_has_failed_if_one_of_its_stages_has_though_others_went_on(project):
    """As in dvc repro --keep-going."""
    with pytest.raises(OSError, match="disk full"), runs.run("gan", {}, {}) as failed:
        raise OSError("disk full")
    assert stage("wgan").info.status == "FINISHED"
    assert parents()[0].info.status == "FAILED"
    stage("gan", run_id=failed.id)
    assert parents()[0].info.status == "FINISHED"
    with pytest.raises(OSError, match="disk full"), runs.run("evaluate", {}, {}):
        raise OSError("disk full")
    stage("evaluate")  # anew, in another run
    assert parents()[0].info.status == "FINISHED"


def test_a_run_keeps_its_experiment_when_another_goes_on_with_it(project):
    """Its own settings are the same; those of a later stage were changed after it was killed."""
    with pytest.raises(KeyboardInterrupt), runs.run("pretrain", {}, {}) as killed:
        raise KeyboardInterrupt
    (first,) = parents()
    change(project, "gan", "lr", 5e-6)
    assert stage("pretrain", run_id=killed.id).data.tags[PARENT] == first.info.run_id
    assert len(parents()) == 1


def test_a_run_that_has_finished_is_not_taken_over_by_another_experiment(project):
    """It starts with the same stage, whose result DVC has not recorded where it runs."""
    done = stage("pretrain")
    assert stage("pretrain", run_id=done.info.run_id).info.run_id == done.info.run_id
    change(project, "gan", "lr", 5e-6)
    other = stage("pretrain", run_id=done.info.run_id)
    assert other.info.run_id != done.info.run_id
    assert other.data.tags[PARENT] != done.data.tags[PARENT]
    assert len(parents()) == 2


def test_one_that_was_deleted_costs_nothing(project):
    with runs.run("gan", {}, {}) as run:
        client().delete_run(run.parent)
        run.log({"loss": 0.5}, 1)
    assert client().get_run(run.id).info.status == "FINISHED"
    assert client().get_run(run.id).data.metrics["loss"] == 0.5
    again = stage("gan", run_id=run.id)
    assert [parent.info.run_id for parent in parents()] == [again.data.tags[PARENT]]


def test_workers_that_are_no_chief_make_none(project):
    with runs.run("gan", {}, {}, recorded=False):
        pass
    assert client().get_experiment_by_name("srgan") is None


def test_what_decides_on_the_key(project, monkeypatch):
    before = experiment_of("gan").key
    assert experiment_of("evaluate").key == before
    monkeypatch.setenv("DVC_EXP_NAME", "rosy-otter")
    git(project, "-c user.name=a -c user.email=a@b commit --quiet --allow-empty --message=meanwhile")
    change(project, "patches", "workers", 7)
    change(project, "evaluate", "pictures", 1)
    assert experiment_of("gan").key == before
    change(project, "patches", "size", 96)
    changed = experiment_of("gan").key
    assert changed != before
    (project / "stages/gan.py").write_text("# other code\n")
    recoded = experiment_of("gan").key
    assert recoded != changed
    (project / "srgan/sources").mkdir(parents=True)
    (project / "srgan/sources/datasets.csv").write_text("set,url\n")  # it says what is downloaded
    assert experiment_of("gan").key != recoded


def lock(project, train, benchmarks="b0"):
    """What DVC writes when the stage download has run."""
    outs = {"data/raw/train": train, "data/raw/benchmarks": benchmarks, "results/data.json": "c0"}
    locked = {"download": {"outs": [{"path": path, "md5": md5} for path, md5 in outs.items()]}}
    (project / "dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": locked}))


def test_other_photographs_are_another_experiment_which_names_them(project):
    """The folder has the same name in the settings."""
    lock(project, train="a0.dir")
    stage("gan")
    stage("evaluate", {"sample/gan/psnr_y": 31.0})
    lock(project, train="a1.dir")
    stage("evaluate", {"sample/gan/psnr_y": 32.0})
    second, first = parents()
    assert [run.data.metrics["sample/gan/psnr_y"] for run in (first, second)] == [31.0, 32.0]
    for run, digest in ((first, "a0.dir"), (second, "a1.dir")):
        named = {each.dataset.name: each.dataset.digest for each in run.inputs.dataset_inputs}
        assert named == {"data/raw/train": digest, "data/raw/benchmarks": "b0"}
    lock(project, train="a1.dir", benchmarks="b1")
    stage("evaluate")
    assert len(parents()) == 3


def test_a_lock_that_has_no_digest_of_a_folder_stops_nothing(project):
    """As with a bucket that keeps versions itself."""
    outs = [{"path": "data/raw/train", "files": [{"relpath": "a.png", "version_id": "1"}]}]
    (project / "dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": {"download": {"outs": outs}}}))
    stage("gan")
    assert len(parents()) == 1


def test_two_people_who_run_the_same_have_a_line_each_and_close_nothing_of_each_other(project, monkeypatch):
    monkeypatch.setattr(getpass, "getuser", lambda: "ann")
    with runs.run("evaluate", {}, {}) as anns:
        monkeypatch.setattr(getpass, "getuser", lambda: "bob")
        monkeypatch.setenv("DVC_ROOT", str(project / "bobs"))  # another clone, so another list of living runs
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{project / 'mlflow.db'}")
        bobs = stage("evaluate")
        assert client().get_run(anns.id).info.status == "RUNNING"
        assert client().get_run(anns.parent).info.status == "RUNNING"
        assert bobs.data.tags[PARENT] != anns.parent
    assert {run.data.tags["mlflow.user"]: run.info.status for run in parents()} == {
        "ann": "FINISHED",
        "bob": "FINISHED",
    }


def test_its_name_says_what_was_changed_and_its_note_what_code(project, monkeypatch):
    monkeypatch.delenv("DVC_EXP_NAME", raising=False)
    change(project, "gan", "lr", 5e-6)
    (project / "stages/gan.py").write_text("# other code\n")
    stage("gan")
    (parent,) = parents()
    assert parent.info.run_name == f"repro {parent.data.tags['git_commit'][:7]} gan.lr=5e-06"
    assert parent.data.tags["mlflow.note.content"] == (
        "* `gan.lr`: 5e-06, instead of 0.0002\n\nThe code is not that of the commit: stages/gan.py."
    )


def test_outside_of_a_pipeline_there_is_none(project, tmp_path_factory, monkeypatch):
    assert experiment_of("trial") is None
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert experiment_of("gan") is None


def test_two_processes_at_once_find_the_same(project):
    client()
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: experiment_of("gan").open(MlflowClient()), range(4)))
    assert len(set(opened)) == 1
    assert len(parents()) == 1


def test_two_machines_at_once_agree_on_one(project, monkeypatch):
    """Each has made its own before it sees the other's, and no lock is between them."""
    client().create_experiment("srgan")
    monkeypatch.setattr(pipeline_run, "store_lock", contextlib.nullcontext)
    searched, made, seen = threading.Barrier(2), threading.Barrier(2), set()
    find, create = pipeline_run.tagged_runs, MlflowClient.create_run

    def find_together(*arguments):
        found = find(*arguments)
        if threading.get_ident() not in seen:
            seen.add(threading.get_ident())
            searched.wait(120)
        return found

    def create_together(self, *arguments, **options):
        run = create(self, *arguments, **options)
        made.wait(120)
        return run

    monkeypatch.setattr(pipeline_run, "tagged_runs", find_together)
    monkeypatch.setattr(MlflowClient, "create_run", create_together)
    with ThreadPoolExecutor(2) as pool:
        opened = set(pool.map(lambda _: experiment_of("gan").open(MlflowClient()), range(2)))
    assert [parent.info.run_id for parent in parents()] == list(opened)


def check_a_store(monkeypatch, uri):
    """Two stages after each other, below one run, in another kind of store than SQLite."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    below = [stage("pretrain", tags={"generator_sha256": "1a2b"}), stage("gan", tags=INIT)]
    found = client().search_runs([below[0].info.experiment_id])
    (parent,) = [run for run in found if KEY in run.data.tags]
    assert {run.data.tags[PARENT] for run in below} == {parent.info.run_id}
    assert parent.data.tags["from.pretrain"] == f"run {below[0].info.run_id}, below"


def test_a_store_of_files(project, monkeypatch):
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    check_a_store(monkeypatch, (project / "mlruns").as_uri())


@pytest.mark.slow
def test_a_server(project, monkeypatch):
    port = free_port()
    with tracking_server(project, port):
        check_a_store(monkeypatch, f"http://127.0.0.1:{port}")
