"""python -m srgan compare."""

import builtins
import shutil
import sys

import pytest

from srgan.__main__ import main
from tests.experiments.conftest import SETTINGS, Project, means, tree

BOTH = {"Set5": means(gan=(31.0, 0.7)), "BSD100": means(gan=(26.0, 1.5))}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty project, as the current directory, with an empty queue."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("srgan.experiments.read.unfinished", lambda _: {})
    return Project(tmp_path)


@pytest.fixture
def sweep(project):
    """A project of a commit and one experiment."""
    project.commit(tree(SETTINGS, {"Set5": means(), "BSD100": means()}))
    project.add({"bold-idea": tree(SETTINGS | {"seed": 1}, BOTH, {"gan": 9})})
    return project


def test_the_page_is_written_and_written_again(sweep, capsys):
    assert main(["compare"]) == 0
    first = (sweep.root / "compare.html").read_text()
    assert capsys.readouterr().out == f"compare.html: 1 experiment, {len(first.encode()) / 1000:.0f} kB\n"
    assert "bold-idea" in first
    assert "SRGAN on BSD100" in first
    assert main(["compare"]) == 0
    assert (sweep.root / "compare.html").read_text() == first


def test_one_set_and_another_place(sweep, capsys):
    assert main(["compare", "--set", "Set5", "-o", "pages/set5.html"]) == 0
    text = (sweep.root / "pages/set5.html").read_text()
    assert "SRGAN on Set5" in text
    assert "BSD100" not in text
    assert main(["compare", "--set", "Set6"]) == 1
    assert capsys.readouterr().err == "error: no experiment was measured on Set6; there are Set5, BSD100\n"


def test_a_set_of_several_collections_of_photographs_is_shown_whole(sweep, capsys):
    sweep.add({"told": tree(SETTINGS, {"Set5": {"photographs": "1a2b3c4d5e"} | means(gan=(30.9, 0.6))})})
    assert main(["compare", "--set", "Set5"]) == 0
    text = (sweep.root / "compare.html").read_text()
    assert "SRGAN on Set5, photographs 1a2b3c4d<" in text
    assert "SRGAN on Set5, photographs not recorded<" in text
    assert main(["compare", "--set", "Set6"]) == 1
    assert capsys.readouterr().err == "error: no experiment was measured on Set6; there are Set5, BSD100\n"


def test_what_was_left_out_is_said(sweep, capsys, monkeypatch):
    monkeypatch.setattr("srgan.experiments.read.unfinished", lambda _: {"late-one": "running"})
    assert main(["compare"]) == 0
    assert capsys.readouterr().out.endswith("\nleft out, running: late-one\n")


def test_a_file_that_is_no_page_of_experiments_is_left_alone(sweep, capsys):
    (sweep.root / "photo.jpg").write_bytes(b"\xff\xd8")
    assert main(["compare", "-o", "photo.jpg"]) == 1
    assert "photo.jpg: exists already and is not a page of srgan compare" in capsys.readouterr().err
    assert (sweep.root / "photo.jpg").read_bytes() == b"\xff\xd8"


def test_without_experiments_it_says_how_to_make_some(project, capsys):
    head = project.commit(tree(SETTINGS, BOTH))
    assert main(["compare"]) == 1
    assert capsys.readouterr().err == (
        f"error: there is no finished experiment of the commit {head[:7]}; queue some with: dvc exp run --queue "
        "-S 'gan.adversarial_weight=1e-3,3e-3', and run them with: dvc queue start\n"
    )
    assert not (project.root / "compare.html").exists()


def test_elsewhere_than_in_a_dvc_repository_with_commits(project, capsys):
    assert main(["compare"]) == 1
    assert "git cannot read it (fatal: Needed a single revision); run in the project's" in capsys.readouterr().err
    shutil.rmtree(project.root / ".dvc")
    assert main(["compare"]) == 1
    assert "is no DVC repository (it has no folder .dvc); run in the project's folder" in capsys.readouterr().err


def test_without_dvc_it_says_what_to_install(sweep, capsys, monkeypatch):
    original = builtins.__import__

    def without_dvc(name, *rest):
        if name == "dvc":
            raise ModuleNotFoundError("No module named 'dvc'", name="dvc")
        return original(name, *rest)

    for module in ("page", "plane", "read", "repository"):
        monkeypatch.delitem(sys.modules, f"srgan.experiments.{module}", raising=False)
    monkeypatch.setattr(builtins, "__import__", without_dvc)
    assert main(["compare"]) == 1
    assert "compare needs the package dvc; in a copy of the project run pip install . to" in capsys.readouterr().err


def test_experiments_of_earlier_commits_when_asked_for(sweep):
    sweep.commit(tree(SETTINGS | {"seed": 2}, BOTH))
    sweep.add({"new-idea": tree(SETTINGS | {"seed": 3}, BOTH)})
    for options, there in (([], False), (["--all-commits"], True)):
        assert main(["compare", *options]) == 0
        text = (sweep.root / "compare.html").read_text()
        assert "new-idea" in text
        assert ("bold-idea" in text) == there
