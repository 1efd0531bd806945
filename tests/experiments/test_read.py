"""Experiments read from git as DVC leaves them there."""

import json

import pytest
import yaml

from srgan.errors import UserError
from srgan.experiments.read import means_of, read_comparison, settings_of, varying
from srgan.experiments.repository import unfinished
from tests.experiments.conftest import SETTINGS, means, png, tree

OWN = {"own": means()}


def named(comparison):
    return {experiment.name: experiment for experiment in comparison.experiments}


@pytest.mark.slow
def test_experiments_that_dvc_ran_itself(dvc_project, tmp_path):
    """Queued, run, one of them failed: the names are those that DVC gives, the figures those that the stage wrote."""
    code, output = dvc_project("exp", "run", "--queue", "--set-param", "gan.adversarial_weight=0.2,2.0")
    assert code == 0, output
    _, output = dvc_project("exp", "run", "--run-all")
    assert "diverged" in output
    _, listed = dvc_project("exp", "list", "--name-only")
    comparison = read_comparison(tmp_path)
    baseline, experiment = comparison.experiments
    assert baseline.kind == "baseline"
    assert [experiment.name] == listed.split()
    assert experiment.means == {"own": {"gan": {"psnr_y": 29.8, "perceptual_distance": 0.7}}}
    assert experiment.photograph == "cat"
    assert experiment.pictures["gan"] != baseline.pictures["gan"]
    assert varying(comparison.experiments) == {"gan.adversarial_weight": 2}
    ((name, reason),) = comparison.left_out.items()
    assert (reason, name != experiment.name) == ("failed", True)
    assert f"Failed to reproduce experiment(s) '{name}'" in output


def test_settings_figures_and_pictures_of_each(project):
    head = project.commit(tree(SETTINGS, OWN, {"gan": 10, "target": 255}))
    changed = SETTINGS | {"gan": {"lr": 5e-6, "adversarial_weight": 0.001}}
    project.add({"bold-idea": tree(changed, {"own": means(gan=(31.0, 0.7))}, {"gan": 20, "target": 255})})
    comparison = read_comparison(project.root)
    assert comparison.left_out == {}
    baseline, bold = comparison.experiments
    assert (baseline.name, baseline.kind) == (f"HEAD, {head[:7]}", "baseline")
    assert (bold.name, bold.kind, bold.photograph) == ("bold-idea", "experiment", "a cat")
    assert bold.means["own"]["gan"]["psnr_y"] == 31.0
    assert bold.pictures == {"gan": png(20), "target": png(255)}
    assert bold.settings["gan.lr"] == "5e-06"
    assert varying(comparison.experiments) == {"gan.lr": 2}


def test_on_which_photographs_each_was_measured(project):
    """An earlier version of the project did not say."""
    project.commit(tree(SETTINGS, OWN))
    project.add({"told": tree(SETTINGS, {"own": {"photographs": "1a2b"} | means()})})
    old, told = read_comparison(project.root).experiments
    assert (old.photographs, told.photographs) == ({}, {"own": "1a2b"})
    assert told.means == old.means


def test_the_workspace_is_there_where_it_differs(project):
    project.commit(tree(SETTINGS, OWN))
    project.add({"a": tree(SETTINGS, OWN)})
    assert "workspace" not in named(read_comparison(project.root))
    (project.root / "results/metrics.json").write_text(json.dumps({"own": means(gan=(33.0, 0.5))}))
    workspace = named(read_comparison(project.root))["workspace"]
    assert workspace.kind == "workspace"
    assert workspace.means["own"]["gan"]["psnr_y"] == 33.0
    (project.root / "results/metrics.json").unlink()
    assert read_comparison(project.root).left_out == {"workspace": "has no results/metrics.json in git"}


def test_experiments_of_earlier_commits_are_shown_when_asked_for(project):
    first = project.commit(tree(SETTINGS, OWN))
    project.add({"old": tree(SETTINGS, OWN)})
    second = project.commit(tree(SETTINGS | {"seed": 1}, OWN))
    with pytest.raises(UserError, match=f"no finished experiment of the commit {second[:7]}; .* 1, are shown with"):
        read_comparison(project.root)
    project.add({"new": tree(SETTINGS | {"seed": 1}, OWN)})
    assert set(named(read_comparison(project.root))) == {f"HEAD, {second[:7]}", "new"}
    everything = named(read_comparison(project.root, all_commits=True))
    assert list(everything)[:2] == [f"HEAD, {second[:7]}", f"commit {first[:7]}"]
    assert set(list(everything)[2:]) == {"old", "new"}


def test_what_cannot_be_compared_is_named_with_the_reason(project):
    project.commit(tree(SETTINGS, OWN))
    good = tree(SETTINGS, OWN)
    project.add(
        {
            "good": good,
            "empty": {"params.yaml": good["params.yaml"]},
            "torn": good | {"results/metrics.json": b"{"},
            "foreign": good | {"results/metrics.json": b'{"own": {"gan": {"psnr_y": 30}}}'},
            "unread": good | {"params.yaml": b"a: [\n"},
        }
    )
    comparison = read_comparison(project.root)
    assert [e.name for e in comparison.experiments if e.kind == "experiment"] == ["good"]
    assert set(comparison.left_out) == {"empty", "torn", "foreign", "unread"}
    assert comparison.left_out["empty"] == "has no results/metrics.json in git"
    assert comparison.left_out["foreign"] == "results/metrics.json lacks psnr_y or perceptual_distance"
    assert comparison.left_out["unread"].startswith("params.yaml is no YAML (")


def test_equal_settings_read_the_same_whoever_wrote_them():
    """DVC writes 5e-06, which YAML 1.1 takes for a string; a person writes 0.000005."""
    texts = ["lr: 5e-06", "lr: 0.000005", "lr: 5.0e-6", "lr: '0.000005'"]
    assert {settings_of(text)["lr"] for text in texts} == {"5e-06"}
    text = "a: {b: {c: 1, d: [x, 2.0]}}\ne: true\nf: null\ng: mse\nh: []"
    assert settings_of(text) == {"a.b.c": "1", "a.b.d": "x, 2", "e": "true", "f": "null", "g": "mse", "h": "none"}


def test_a_setting_that_yaml_takes_for_a_date_is_read_as_it_looks():
    assert settings_of("data: {train: 2026-11-27}") == {"data.train": "2026-11-27"}


def test_figures_that_are_no_numbers_are_read_as_the_stage_writes_them():
    row = {"psnr_y": "inf", "perceptual_distance": 0.0, "mesh": "nan"}
    read = means_of(json.dumps({"own": {"gan": row}}))["own"]["gan"]
    assert read["psnr_y"] == float("inf")
    assert read["mesh"] != read["mesh"]


@pytest.mark.parametrize("text", ["", "[]", '{"own": 3}', '{"own": {"gan": {"psnr_y": "high"}}}'])
def test_what_is_no_metrics_json_is_an_error(text):
    with pytest.raises(ValueError, match=r"results/metrics\.json"):
        means_of(text)


def test_the_queue_is_read_from_what_dvc_prints(tmp_path, monkeypatch):
    """The table is DVC 3.67's own."""
    table = """\
Task     Name        Created       Status
fd157a4  waiting     05:41 PM      Queued
53847d0  surer-akes  Nov 14, 2025  Failed
1c2d3e4              05:39 PM      Running
3d37312  iliac-zhos  05:38 PM      Success

Worker status: 1 active, 0 idle
"""
    answers(monkeypatch, table)
    assert unfinished(tmp_path) == {"waiting": "queued", "surer-akes": "failed", "1c2d3e4": "running"}
    answers(monkeypatch, f"a notice of DVC's\n{table}")
    assert len(unfinished(tmp_path)) == 3
    answers(monkeypatch, "No experiment tasks in the queue.\n\nWorker status: 0 active, 0 idle\n")
    assert unfinished(tmp_path) == {}


def test_where_none_is_finished_it_says_what_the_others_are_at(project, monkeypatch):
    head = project.commit(tree(SETTINGS, OWN))
    monkeypatch.setattr("srgan.experiments.read.unfinished", lambda _: {"a": "failed", "b": "queued", "c": "failed"})
    with pytest.raises(
        UserError, match=rf"^there is no finished experiment of the commit {head[:7]} \(failed: a, c; queued: b\);"
    ):
        read_comparison(project.root)


def test_a_queue_that_dvc_cannot_read_is_said_and_stops_nothing(project, monkeypatch):
    project.commit(tree(SETTINGS, OWN))
    project.add({"a": tree(SETTINGS, OWN)})
    monkeypatch.setattr("srgan.experiments.read.unfinished", broken)
    comparison = read_comparison(project.root)
    assert "a" in named(comparison)
    assert comparison.left_out == {"experiments in the queue": "DVC could not read its queue (database is locked)"}


def broken(root):
    raise UserError("DVC could not read its queue (database is locked)")


def answers(monkeypatch, text):
    """Let a program that prints this stand in DVC's place."""
    monkeypatch.setattr("srgan.experiments.repository.QUEUE_STATUS", ["-c", f"print({text!r}, end='')"])


def test_a_file_that_starts_like_yaml_but_has_no_settings_is_an_error():
    with pytest.raises(ValueError, match="has no settings"):
        settings_of("- a\n- b")
    assert settings_of(yaml.safe_dump(SETTINGS))["wgan.penalty"] == "10"


def test_settings_that_differ_in_a_late_digit_are_two_values():
    found = [settings_of(f"seed: {seed}\nlr: {lr}") for seed, lr in ((12345, 1.0001e-4), (12346, 1.0002e-4))]
    assert [each["seed"] for each in found] == ["12345", "12346"]
    assert [each["lr"] for each in found] == ["0.00010001", "0.00010002"]
