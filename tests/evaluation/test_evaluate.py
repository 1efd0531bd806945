"""The evaluation against scikit-image, the published benchmark figures, and the promises its files make."""

import json
import math
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import skimage.data
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from srgan.data.benchmark import benchmark_pair, benchmark_sets
from srgan.data.images import read_image, to_rgb
from srgan.data.listing import images_by_name
from srgan.data.resize import crop_to_multiple, enlarge, shrink
from srgan.errors import UserError
from srgan.evaluation.evaluate import colour_shift, evaluate, set_means, set_photographs
from srgan.evaluation.results import (
    parse_photographs,
    read_metrics,
    read_scores,
    write_metrics,
    write_scores,
    write_summary,
)
from srgan.metrics.score import METRICS, printed
from tests.published import photographs
from tests.report.conftest import deviation

SCALE = 4
MAX_PIXELS = 10**7
JUDGES = {"perceptual_distance": deviation}
MEASURED = [metric for metric in METRICS if metric not in ("lpips", "dists", "niqe")]


def bicubic(lr):
    return enlarge(lr, SCALE)


def nearest(lr):
    return lr.repeat(SCALE, axis=0).repeat(SCALE, axis=1)


@pytest.fixture
def photos():
    """An RGB photograph whose sides are no multiples of the scale, and a grey one."""
    return {"chelsea": skimage.data.chelsea()[60:161, 100:203], "grey/001": skimage.data.camera()[80:160, 180:276]}


@pytest.fixture
def benchmarks(tmp_path, photos):
    """data/raw/benchmarks with two sets: `both` with both photographs, `colour` with one."""
    root = tmp_path / "benchmarks"
    for set_name, names in {"both": ["chelsea", "grey/001"], "colour": ["chelsea"]}.items():
        for name in names:
            path = root / set_name / f"{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(photos[name]).save(path)
    return root


@pytest.fixture
def truth(photos):
    """A model that knows the answer: the photograph a reduction was made from."""
    cropped = [crop_to_multiple(photo, SCALE) for photo in photos.values()]
    answers = {to_rgb(shrink(hr, SCALE)).tobytes(): to_rgb(hr) for hr in cropped}
    return lambda lr: answers[lr.tobytes()]


@pytest.fixture
def scores(benchmarks, truth, tmp_path):
    upscalers = {"bicubic": bicubic, "nearest": nearest, "truth": truth}
    return evaluate(benchmark_sets(benchmarks), upscalers, SCALE, MAX_PIXELS, tmp_path / "sr", JUDGES)


def luma(rgb):
    """BT.601, 16..235, in floating point."""
    return 16 + rgb.astype(np.float64) @ np.array([65.481, 128.553, 24.966]) / 255


def by_scikit_image(hr, sr):
    """PSNR and SSIM of a plane as published: 4 px of border cut, SSIM where its window lies inside."""
    hr, sr = (plane.astype(np.float64)[SCALE:-SCALE, SCALE:-SCALE] for plane in (hr, sr))
    window = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    _, ssim = structural_similarity(hr, sr, data_range=255, full=True, **window)
    return peak_signal_noise_ratio(hr, sr, data_range=255), ssim[5:-5, 5:-5].mean()


def test_rows_are_set_by_set_picture_by_picture_model_by_model(scores):
    assert list(scores.columns) == ["set", "image", "model", *MEASURED, "colour_shift", "photograph"]
    models = ["bicubic", "nearest", "truth"]
    pictures = [("both", "chelsea"), ("both", "grey/001"), ("colour", "chelsea")]
    expected = [(*picture, model) for picture in pictures for model in models]
    assert list(scores[["set", "image", "model"]].itertuples(index=False, name=None)) == expected


@pytest.mark.parametrize(("model", "upscale"), [("bicubic", bicubic), ("nearest", nearest)])
def test_means_equal_scikit_image(scores, photos, model, upscale):
    colour, grey = (crop_to_multiple(photo, SCALE) for photo in photos.values())
    sr = upscale(shrink(colour, SCALE))
    colour_y = by_scikit_image(luma(colour), luma(sr))
    colour_rgb = np.mean([by_scikit_image(colour[..., c], sr[..., c])[1] for c in range(3)])
    # A grey photograph is a full-range plane; a model without colours leaves it one.
    grey_y = by_scikit_image(grey, upscale(shrink(grey, SCALE)))

    means = set_means(scores)
    assert means["colour"][model]["psnr_y"] == pytest.approx(colour_y[0], abs=1e-6)
    assert means["colour"][model]["ssim_y"] == pytest.approx(colour_y[1], abs=1e-6)
    assert means["colour"][model]["ssim_rgb"] == pytest.approx(colour_rgb, abs=1e-6)
    assert means["both"][model]["psnr_y"] == pytest.approx((colour_y[0] + grey_y[0]) / 2, abs=1e-6)
    assert means["both"][model]["ssim_y"] == pytest.approx((colour_y[1] + grey_y[1]) / 2, abs=1e-6)
    assert means["both"][model]["spectral_distance"] > 0


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


def photographs_of(folder, tmp_path, scale=SCALE):
    """What an evaluation says of the photographs in a folder."""
    sets = {"own": images_by_name(folder)}
    upscalers = {"bicubic": lambda lr: enlarge(lr, scale)}
    return set_photographs(evaluate(sets, upscalers, scale, MAX_PIXELS, tmp_path / "sr", JUDGES))["own"]


def test_other_photographs_in_a_folder_of_the_same_name_are_told_apart(photos, tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    colour, other = photos["chelsea"], photos["chelsea"].copy()
    other[50, 50, 0] ^= 1
    Image.fromarray(colour).save(folder / "cat.png")
    before = photographs_of(folder, tmp_path)
    assert photographs_of(folder, tmp_path, scale=2) != before
    Image.fromarray(other).save(folder / "cat.png")
    assert photographs_of(folder, tmp_path) != before

    (folder / "cat.png").unlink()
    Image.fromarray(colour).save(folder / "renamed.bmp")  # the same pixels
    assert photographs_of(folder, tmp_path) == before
    Image.fromarray(other).save(folder / "more.png")
    assert photographs_of(folder, tmp_path) != before


def test_the_degraded_lr_of_a_set_is_a_part_of_what_was_measured(photos, tmp_path):
    folder = tmp_path / "own"
    (folder / ".lr").mkdir(parents=True)
    Image.fromarray(photos["chelsea"]).save(folder / "cat.png")
    lr = shrink(crop_to_multiple(photos["chelsea"], SCALE), SCALE)
    found = []
    for added in (0, 1):
        Image.fromarray(lr ^ added).save(folder / ".lr/cat.png")
        found.append(photographs_of(folder, tmp_path))
    assert found[0] != found[1]


def test_figures_of_an_earlier_version_name_no_photographs(tmp_path):
    (tmp_path / "metrics.json").write_text('{"own": {"gan": {"psnr_y": 30.5}}}')
    assert read_metrics(tmp_path / "metrics.json") == {"own": {"gan": {"psnr_y": 30.5}}}
    assert parse_photographs((tmp_path / "metrics.json").read_text()) == {}


def test_a_digest_that_looks_like_a_number_is_read_as_text(tmp_path):
    row = {"set": "s", "image": "a", "model": "m"} | dict.fromkeys(MEASURED, 1.0) | {"photograph": "12345678901234e5"}
    write_scores(tmp_path / "images.csv", pd.DataFrame([row]))
    assert read_scores(tmp_path / "images.csv")["photograph"].tolist() == ["12345678901234e5"]


def test_the_summary_has_the_few_figures_as_the_tables_print_them(scores, tmp_path):
    means = set_means(scores)
    write_summary(tmp_path / "summary.json", means, ["nearest", "truth"])
    written = json.loads((tmp_path / "summary.json").read_text())
    assert list(written) == list(means)
    for set_name, metrics in written.items():
        assert set(metrics) == {"psnr_y", "ssim_y", "perceptual_distance", "mesh"}
        for metric, models in metrics.items():
            assert list(models) == ["nearest", "truth"]
            for model, value in models.items():
                assert float(
                    printed(metric, means[set_name][model][metric]).replace("∞", "inf").replace("–", "nan")
                ) == (pytest.approx(float(value), nan_ok=True))


def test_pictures_are_what_the_models_made(scores, photos, tmp_path):
    hr = crop_to_multiple(photos["chelsea"], SCALE)
    np.testing.assert_array_equal(read_image(tmp_path / "sr/both/truth/chelsea.png"), hr)
    np.testing.assert_array_equal(read_image(tmp_path / "sr/colour/nearest/chelsea.png"), nearest(shrink(hr, SCALE)))
    assert len(list((tmp_path / "sr").rglob("*.png"))) == len(scores)


def test_a_model_gets_a_grey_photograph_as_three_equal_channels(benchmarks, photos, tmp_path):
    seen = {}

    def tinted(lr):
        """Grey in, reddish out: only the luma of that is comparable with a grey photograph."""
        seen[lr.shape] = lr
        sr = bicubic(lr)
        sr[..., 0] = np.minimum(sr[..., 0].astype(int) + 30, 255)
        return sr

    sets = {"grey": {"001": benchmarks / "both/grey/001.png"}}
    row = evaluate(sets, {"tinted": tinted}, SCALE, MAX_PIXELS, tmp_path / "sr", JUDGES).iloc[0]
    (lr,) = seen.values()
    assert lr.dtype == np.uint8
    np.testing.assert_array_equal(lr, np.dstack([shrink(photos["grey/001"], SCALE)] * 3))
    assert math.isfinite(row["psnr_y"])
    assert row["colour_shift"] == pytest.approx(30, abs=1)


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


@pytest.mark.parametrize(
    ("benchmark", "psnr", "ssim"),
    [("set5", 28.43, 0.8111), pytest.param("bsd100", 25.96, 0.6681, marks=pytest.mark.slow)],
)
def test_bicubic_has_the_published_means(tmp_path, benchmark, psnr, ssim):
    scores = evaluate({benchmark: photographs(benchmark)}, {"bicubic": bicubic}, SCALE, MAX_PIXELS, tmp_path, {})
    means = set_means(scores)[benchmark]["bicubic"]
    assert means["psnr_y"] == pytest.approx(psnr, abs=0.005)
    assert means["ssim_y"] == pytest.approx(ssim, abs=0.0002)


@given(
    st.dictionaries(
        st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(["m", "n"])),
        st.lists(st.floats(-100, 100) | st.just(math.inf), min_size=1, max_size=5),
        min_size=1,
    )
)
def test_set_means_are_means(values):
    rows = [
        {"set": s, "image": str(i), "model": m} | dict.fromkeys(MEASURED, value)
        for (s, m), column in values.items()
        for i, value in enumerate(column)
    ]
    means = set_means(pd.DataFrame(rows))
    for (s, m), column in values.items():
        assert means[s][m] == pytest.approx(dict.fromkeys(MEASURED, math.fsum(column) / len(column)))


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


def test_colour_shift_is_the_worst_channels():
    lr = np.full((4, 4, 3), 100, np.uint8)
    sr = np.full((16, 16, 3), 100, np.uint8)
    assert colour_shift(sr, lr) == 0
    sr[..., 1] -= 7
    sr[..., 2] += 3
    assert colour_shift(sr, lr) == 7


def test_an_unreadable_picture(benchmarks, tmp_path):
    path = benchmarks / "colour" / "chelsea.png"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(UserError, match=r"colour/chelsea\.png"):
        evaluate(benchmark_sets(benchmarks), {"bicubic": bicubic}, SCALE, MAX_PIXELS, tmp_path / "sr", JUDGES)


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_the_smallest_picture_can_be_measured_and_one_smaller_is_refused(tmp_path, scale):
    side = 16 * scale
    photo = skimage.data.astronaut()[:side, :side]
    for name, width in (("fits", side), ("small", side - 1)):
        Image.fromarray(photo[:, :width]).save(tmp_path / f"{name}.png")
    fits = {"s": {"fits": tmp_path / "fits.png"}}
    upscalers = {"bicubic": lambda lr: enlarge(lr, scale)}
    scores = evaluate(fits, upscalers, scale, MAX_PIXELS, tmp_path, JUDGES)
    assert np.isfinite(scores[[metric for metric in MEASURED if not METRICS[metric].may_be_absent]]).all(axis=None)
    with pytest.raises(UserError, match=rf"small\.png.*{side}x{side}"):
        benchmark_pair(tmp_path / "small.png", scale, MAX_PIXELS)


def test_a_model_of_another_scale(benchmarks, tmp_path):
    with pytest.raises(UserError, match=r"gan.*50x50.*100x100.*scale"):
        evaluate(
            {"s": {"chelsea": benchmarks / "both/chelsea.png"}},
            {"gan": lambda lr: enlarge(lr, 2)},
            SCALE,
            MAX_PIXELS,
            tmp_path,
            JUDGES,
        )


def test_a_log_file_gets_plain_lines(benchmarks, tmp_path, capsys):
    evaluate(benchmark_sets(benchmarks), {"bicubic": bicubic}, SCALE, MAX_PIXELS, tmp_path / "sr", JUDGES)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[:2] for line in lines] == [["evaluate both", "2/2"], ["evaluate colour", "1/1"]]


def test_measuring_needs_no_tensorflow():
    code = "import sys, srgan.evaluation.evaluate, srgan.report.table; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_means_are_in_the_order_of_the_rows():
    """That of data.benchmarks and of the tables, and no alphabet's."""
    rows = [
        {"set": name, "image": "1", "model": model} | dict.fromkeys(MEASURED, 1.0)
        for name in ("set5", "bsd100")
        for model in ("pretrain", "gan")
    ]
    means = set_means(pd.DataFrame(rows))
    assert list(means) == ["set5", "bsd100"]
    assert list(means["set5"]) == ["pretrain", "gan"]
