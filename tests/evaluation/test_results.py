"""The files of an evaluation: their shape, and numbers that are none."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from srgan.data.benchmark import benchmark_sets
from srgan.evaluation.evaluate import evaluate, set_means, set_photographs
from srgan.evaluation.results import (
    parse_photographs,
    read_metrics,
    read_scores,
    write_metrics,
    write_scores,
    write_summary,
)
from srgan.metrics.score import METRICS, printed
from tests.evaluation.models import JUDGES, MAX_PIXELS, SCALE, bicubic

MEASURED = [metric for metric in METRICS if metric not in ("lpips", "dists", "niqe")]


def test_a_perfect_model_is_infinitely_good_in_every_file(scores, tmp_path):
    def not_json(constant):
        raise AssertionError(f"{constant} is not JSON")

    path = tmp_path / "metrics.json"
    write_metrics(path, set_means(scores), {})
    written = json.loads(path.read_text(), parse_constant=not_json)
    perfect = {"psnr_y": "inf", "ssim_y": 1.0, "psnr_rgb": "inf", "ssim_rgb": 1.0, "lr_psnr": "inf"}
    perfect |= {"perceptual_distance": 0.0, "halo": 0.0, "lattice": 0.0, "spectral_distance": 0.0}
    assert written["both"]["truth"] == written["colour"]["truth"] == perfect | {"mesh": "nan"}  # no smooth place
    assert read_metrics(path)["both"]["truth"]["psnr_y"] == math.inf

    write_scores(tmp_path / "images.csv", scores)
    again = read_scores(tmp_path / "images.csv")
    assert (again.loc[again["model"] == "truth", "psnr_y"] == math.inf).all()
    assert again["image"].tolist() == scores["image"].tolist()
    numbers = [*MEASURED, "colour_shift"]
    np.testing.assert_allclose(again[numbers], scores[numbers], atol=5.1e-7)


def test_metrics_have_the_documented_shape(scores, tmp_path):
    photographs = set_photographs(scores)
    write_metrics(tmp_path / "metrics.json", set_means(scores), photographs)
    text = (tmp_path / "metrics.json").read_text()
    assert {s: {m: tuple(row) for m, row in models.items()} for s, models in json.loads(text).items()} == {
        s: {"photographs": tuple(photographs[s])} | dict.fromkeys(("bicubic", "nearest", "truth"), tuple(MEASURED))
        for s in ("both", "colour")
    }
    assert read_metrics(tmp_path / "metrics.json")["colour"]["truth"]["ssim_y"] == 1.0
    assert parse_photographs(text) == photographs


def test_figures_of_an_earlier_version_name_no_photographs(tmp_path):
    (tmp_path / "metrics.json").write_text('{"own": {"gan": {"psnr_y": 30.5}}}')
    assert read_metrics(tmp_path / "metrics.json") == {"own": {"gan": {"psnr_y": 30.5}}}
    assert parse_photographs((tmp_path / "metrics.json").read_text()) == {}


def test_a_digest_that_looks_like_a_number_is_read_as_text(tmp_path):
    row = {"set": "s", "image": "a", "model": "m"} | dict.fromkeys(MEASURED, 1.0) | {"photograph": "12345678901234e5"}
    write_scores(tmp_path / "images.csv", pd.DataFrame([row]))
    assert read_scores(tmp_path / "images.csv")["photograph"].tolist() == ["12345678901234e5"]


def test_the_summary_has_the_figures_of_the_tables_as_they_print_them(scores, tmp_path):
    means = set_means(scores)
    write_summary(tmp_path / "summary.json", means, ["nearest", "truth"])
    written = json.loads((tmp_path / "summary.json").read_text())
    assert list(written) == list(means)
    for set_name, metrics in written.items():
        assert list(metrics) == [
            *("psnr_y", "ssim_y", "lr_psnr", "perceptual_distance", "mesh", "halo", "lattice", "spectral_distance")
        ]
        for metric, models in metrics.items():
            assert list(models) == ["nearest", "truth"]
            for model, value in models.items():
                assert float(
                    printed(metric, means[set_name][model][metric]).replace("∞", "inf").replace("–", "nan")
                ) == (pytest.approx(float(value), nan_ok=True))


def test_two_evaluations_write_the_same_bytes(benchmarks, truth, tmp_path):
    def everything(folder):
        upscalers = {"bicubic": bicubic, "truth": truth}
        scores = evaluate(benchmark_sets(benchmarks), upscalers, SCALE, MAX_PIXELS, folder / "sr", JUDGES)
        write_scores(folder / "images.csv", scores)
        write_metrics(folder / "metrics.json", set_means(scores), set_photographs(scores))
        return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    first = everything(tmp_path / "first")
    assert len(first) == 6 + 2
    assert first == everything(tmp_path / "second")


def test_a_value_that_is_no_number_is_not_averaged_away(tmp_path):
    rows = [{"set": "s", "image": i, "model": "m"} | dict.fromkeys(METRICS, v) for i, v in enumerate([1.0, math.nan])]
    means = set_means(pd.DataFrame(rows))
    assert math.isnan(means["s"]["m"]["psnr_y"])
    write_metrics(tmp_path / "metrics.json", means, {})
    assert json.loads((tmp_path / "metrics.json").read_text())["s"]["m"]["psnr_y"] == "nan"


def test_a_picture_without_a_smooth_place_counts_for_no_mesh(tmp_path):
    rows = [{"set": "s", "image": f"{i}", "model": "m"} | dict.fromkeys(MEASURED, v) for i, v in enumerate([1.0, 3.0])]
    rows[0]["mesh"] = rows[0]["halo"] = rows[1]["halo"] = math.nan
    write_scores(tmp_path / "images.csv", pd.DataFrame(rows))
    again = read_scores(tmp_path / "images.csv")
    assert again["mesh"].isna().tolist() == [True, False]
    means = set_means(again)["s"]["m"]
    assert (means["psnr_y"], means["mesh"]) == (2, 3)
    assert math.isnan(means["halo"])
    write_metrics(tmp_path / "metrics.json", {"s": {"m": means}}, {})
    assert json.loads((tmp_path / "metrics.json").read_text())["s"]["m"]["halo"] == "nan"
    assert math.isnan(read_metrics(tmp_path / "metrics.json")["s"]["m"]["halo"])


def test_a_picture_may_be_called_nan(tmp_path):
    row = {"set": "null", "image": "nan", "model": "m"} | dict.fromkeys(MEASURED, 1.0)
    write_scores(tmp_path / "images.csv", pd.DataFrame([row, row | {"image": "001"}]))
    assert read_scores(tmp_path / "images.csv")[["set", "image"]].to_numpy().tolist() == [
        ["null", "nan"],
        ["null", "001"],
    ]
