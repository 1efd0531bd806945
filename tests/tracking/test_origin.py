"""Where a run comes from, as MLflow's pages show it."""

import getpass
import subprocess

from srgan.tracking.origin import origin_of


def test_user_source_commit_experiment_and_what_the_stage_does(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DVC_EXP_NAME", "rosy-otter")
    (tmp_path / "dvc.yaml").write_text("stages:\n  gan: {desc: against a discriminator, cmd: 'true'}\n")
    for arguments in ("init -q", "-c user.name=a -c user.email=a@b commit -q --allow-empty -m start"):
        subprocess.run(["git", *arguments.split()], check=True)
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    assert origin_of("gan") == {
        "stage": "gan",
        "mlflow.source.name": "stages/gan.py",
        "mlflow.source.type": "LOCAL",
        "mlflow.source.git.commit": commit,
        "mlflow.user": getpass.getuser(),
        "mlflow.note.content": "against a discriminator",
        "dvc_experiment": "rosy-otter",
        "git_commit": commit,
    }


def test_code_that_is_not_the_commit_s_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    for name in ("srgan/a.py", "stages/gan.py", "dvc.yaml", "notes.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("stages: {}\n")
    for arguments in ("init -q", "add .", "-c user.name=a -c user.email=a@b commit -q -m start"):
        subprocess.run(["git", *arguments.split()], check=True)
    assert "git_changed" not in origin_of("gan")
    (tmp_path / "notes.md").write_text("no code\n")
    assert "git_changed" not in origin_of("gan")
    (tmp_path / "srgan/a.py").write_text("# other code\n")
    (tmp_path / "dvc.yaml").write_text("stages: {gan: {desc: other}}\n")
    assert origin_of("gan")["git_changed"] == "dvc.yaml, srgan/a.py"


def test_outside_a_pipeline_and_a_repository(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_EXP_NAME", raising=False)
    tags = origin_of("trial")
    assert tags["mlflow.note.content"] == ""
    assert "git_commit" not in tags
    assert "dvc_experiment" not in tags


def test_without_git_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "git_commit" not in origin_of("gan")


def test_a_user_without_a_name_has_a_number(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(getpass, "getuser", lambda: {}["nobody"])
    assert origin_of("gan")["mlflow.user"].isdecimal()
