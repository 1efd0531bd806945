"""The summary of a pull request: figures beside main's, and where the picture is."""

import json
import shutil
import subprocess

import pytest

from tests.soak.tiny_project import environment
from tools.summary import cell, main

MAIN = {
    "sample": {
        "bicubic": {"psnr_y": 31.094, "ssim_y": 0.862, "perceptual_distance": 0.953, "mesh": 0.5},
        "retired": {"psnr_y": 30.0},
    },
    "old": {"bicubic": {"psnr_y": 29.0}},
}
NOW = {
    "sample": {
        "bicubic": {"psnr_y": 31.0941, "ssim_y": 0.8626, "perceptual_distance": 0.95, "mesh": 0.75},
        "pretrain": {"psnr_y": 32.0, "ssim_y": 0.88, "perceptual_distance": 0.82, "mesh": "nan"},
    }
}


@pytest.fixture
def project(tmp_path, monkeypatch, repository):
    """A repository with the figures MAIN in its branch main and NOW in the folder."""
    for name in ("GITHUB_STEP_SUMMARY", "GITHUB_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    shutil.copy(repository / "params.yaml", tmp_path)
    (tmp_path / "results").mkdir()
    (tmp_path / "results/metrics.json").write_text(json.dumps(MAIN))
    for arguments in ("init --quiet --initial-branch=main", "add --all", "commit --quiet --message=main"):
        subprocess.run(["git", *arguments.split()], env=environment(), check=True)
    (tmp_path / "results/metrics.json").write_text(json.dumps(NOW))
    monkeypatch.setattr("sys.argv", ["summary", "main"])
    return tmp_path


def test_a_change_is_shown_where_the_printed_digits_change(project, capsys):
    main()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "## The sample run, beside `main`"
    assert lines[2] == "|  | PSNR-Y, dB ↑ | SSIM-Y ↑ | Perceptual distance ↓ | Mesh, levels ↓ |"
    assert lines[4].endswith("bicubic, sample | 31.09 | 0.863 (+0.001) | 0.950 (-0.003) | 0.75 (+0.25) |")
    assert lines[5].endswith(", sample | 32.00 (new) | 0.880 (new) | 0.820 (new) | – (new) |")
    assert lines[7].startswith("No longer measured: retired, sample; ")
    assert lines[7].endswith("bicubic, old.")
    assert lines[-1] == "![The networks](results/overview.png)"


def test_a_difference_is_that_of_the_printed_figures():
    assert cell("ssim_y", 0.87551, 0.87549) == "0.875 (-0.001)"
    assert cell("psnr_y", 31.094, 31.106) == "31.11 (+0.02)"
    assert cell("mesh", 0.5, float("nan")) == "– (was 0.50)"


def test_under_github_it_is_added_to_the_page_and_the_picture_is_the_commit_s(project, monkeypatch, capsys):
    page = project / "page.md"
    page.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    monkeypatch.setenv("GITHUB_REPOSITORY", "team/srgan")
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    main()
    head = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    assert page.read_text().startswith("before\n## The sample run")
    assert f"](https://github.com/team/srgan/raw/{head}/results/overview.png)" in page.read_text()
    assert page.read_text().endswith("\n\nThe picture is as committed; the figures are of this run.\n")
    assert capsys.readouterr().out == ""


def test_without_results_it_says_how_they_are_made(project, monkeypatch, capsys):
    (project / "results/metrics.json").unlink()
    monkeypatch.setattr("sys.argv", ["summary", "HEAD"])
    with pytest.raises(SystemExit):
        main()
    assert "results/metrics.json: cannot be read (No such file or directory); the stage evaluate makes it" in (
        capsys.readouterr().err
    )


def test_a_branch_that_is_not_there_is_a_sentence(project, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["summary", "origin/main"])
    with pytest.raises(SystemExit):
        main()
    assert "git knows no origin/main; `git fetch` may bring it" in capsys.readouterr().err
