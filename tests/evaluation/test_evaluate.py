"""The evaluation against scikit-image and the published benchmark figures. Its files: test_results."""

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
from srgan.data.images import read_image
from srgan.data.listing import images_by_name
from srgan.data.resize import crop_to_multiple, enlarge, shrink
from srgan.errors import UserError
from srgan.evaluation.evaluate import colour_shift, evaluate, set_means, set_photographs
from srgan.metrics.score import METRICS
from tests.evaluation.models import JUDGES, MAX_PIXELS, SCALE, bicubic, nearest
from tests.published import photographs

MEASURED = [metric for metric in METRICS if metric not in ("lpips", "dists", "niqe")]


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
    folder = tmp_path / "own+noise1"
    (folder / ".lr").mkdir(parents=True)
    Image.fromarray(photos["chelsea"]).save(folder / "cat.png")
    lr = shrink(crop_to_multiple(photos["chelsea"], SCALE), SCALE)
    found = []
    for added in (0, 1):
        Image.fromarray(lr ^ added).save(folder / ".lr/cat.png")
        found.append(photographs_of(folder, tmp_path))
    assert found[0] != found[1]


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


@pytest.mark.parametrize(
    ("benchmark", "psnr", "ssim"),
    [("set5", 28.43, 0.8111), pytest.param("bsd100", 25.96, 0.6681, marks=pytest.mark.slow)],
)
def test_bicubic_has_the_published_means(tmp_path, benchmark, psnr, ssim):
    scores = evaluate({benchmark: photographs(benchmark)}, {"bicubic": bicubic}, SCALE, MAX_PIXELS, tmp_path, {})
    means = set_means(scores)[benchmark]["bicubic"]
    assert means["psnr_y"] == pytest.approx(psnr, abs=0.005)
    assert means["ssim_y"] == pytest.approx(ssim, abs=0.0002)


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
