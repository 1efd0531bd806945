"""The repository is the original's, also in DVC's temporary copy."""

from pathlib import Path

from srgan.root import project_root


def test_the_root_is_dvc_s_or_the_current_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert project_root() == tmp_path
    monkeypatch.setenv("DVC_ROOT", "/original")
    assert project_root() == Path("/original")
