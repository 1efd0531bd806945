"""The networks that come with the repository: whole, small, and as good as their card says."""

import itertools
import re

import numpy as np
import pytest

from srgan.data.images import list_images, read_image, to_rgb
from srgan.data.resize import crop_to_multiple, enlarge, shrink
from srgan.evaluation.metrics import luma, score
from srgan.inference.find import SHIPPED, find_network
from srgan.inference.network import upscaler
from srgan.models.weights import load_generator, read_model

NETWORKS = sorted(path.parent for path in SHIPPED.glob("*/model.json"))
MEGABYTE = 1_000_000
GRID = 1.6  # decades; the photographs of Set5 have up to 1.05 themselves
SMOOTH = 12  # grey levels of standard deviation in a window: skin, sky, plain backgrounds
MESH = 0.7  # grey levels; bicubic, which cannot have a mesh, is up to 0.5 from the photographs


def enlarged(network, pictures):
    """(what the network makes of each picture's LR, what bicubic makes of it, the picture)."""
    upscale = upscaler(load_generator(network))
    for picture in pictures:
        hr = crop_to_multiple(picture, 4)
        lr = to_rgb(shrink(hr, 4))
        yield upscale(lr), enlarge(lr, 4), hr


def scores(network, pictures):
    for sr, bicubic, hr in enlarged(network, pictures):
        yield score(sr, hr, 4), score(bicubic, hr, 4)


def grid(plane):
    """How far, in decades, the worst frequency with a period of 2 to 16 pixels stands above those around it."""
    height, width = (side // 16 * 16 for side in plane.shape)
    plane = plane[:height, :width] - plane[:height, :width].mean()
    window = np.outer(np.hanning(height + 1)[:-1], np.hanning(width + 1)[:-1])
    power = np.abs(np.fft.fft2(plane * window)) ** 2 + 1e-3
    found = []
    for down, across in [(i * height // 16, j * width // 16) for i in range(16) for j in range(16) if i or j]:
        rows, columns = np.arange(down - 8, down + 9) % height, np.arange(across - 8, across + 9) % width
        around = power[np.ix_(rows, columns)]
        peak = around[7:10, 7:10].max()
        around[6:11, 6:11] = np.nan
        found.append(np.log10(peak / np.nanpercentile(around, 99)))
    return max(found)


def mesh(plane, hr, scale=4, side=64):
    """How strong a pattern that repeats with every LR pixel is where a picture is smooth, and hides nothing.

    In grey levels: the standard deviation, over the sub-pixels, of a sub-pixel's mean error in a window, for the worst
    window in which the picture varies little.
    """
    worst = 0.0
    for top, left in itertools.product(*(range(0, length - side + 1, side // 2) for length in hr.shape)):
        window = np.s_[top : top + side, left : left + side]
        if hr[window].std() < SMOOTH:
            error = (plane - hr)[window].reshape(side // scale, scale, side // scale, scale)
            worst = max(worst, error.mean((0, 2)).std())
    return worst


def test_the_default_is_among_them():
    assert find_network(None) in NETWORKS


@pytest.mark.parametrize("network", NETWORKS, ids=lambda path: path.name)
def test_full_size_and_small_enough_for_git(network):
    model = read_model(network)
    assert (model["generator"]["blocks"], model["generator"]["filters"], model["generator"]["scale"]) == (16, 64, 4)
    assert model["trained"]["stage"] == network.name
    assert (network / "generator.weights.h5").stat().st_size < 8 * MEGABYTE


def test_the_default_is_far_above_bicubic_on_photographs_it_never_saw():
    from skimage.data import chelsea

    ((ours, bicubic),) = scores(find_network(None), [chelsea()[60:220, 100:300]])
    assert ours.psnr_y > bicubic.psnr_y + 0.5
    assert ours.spectral_distance < bicubic.spectral_distance


@pytest.fixture(scope="session")
def set5(shared):
    """For each shipped network what it makes of Set5, bicubic's, and the pictures."""
    pictures = [read_image(path) for path in list_images(shared / "data/benchmarks/Set5/HR")]
    return {network.name: list(enlarged(network, pictures)) for network in NETWORKS}


def test_set5_as_the_card_says(set5, repository):
    rows = re.findall(r"^\| `(\w+)` \|(.*)\|$", (repository / "pretrained/README.md").read_text(), re.MULTILINE)
    card = {name: [cell.strip(" *") for cell in row.split("|")] for name, row in rows}
    assert set(card) == set(set5)
    for name, made in set5.items():
        scores = [score(sr, hr, 4) for sr, _, hr in made]
        means = np.mean([(s.psnr_y, s.ssim_y, s.spectral_distance) for s in scores], axis=0)
        shift = max(np.abs(sr.mean((0, 1)) - bicubic.mean((0, 1))).max() for sr, bicubic, _ in made)
        worst = max(mesh(luma(sr), luma(hr)) for sr, _, hr in made)
        said = [float(card[name][column]) for column in (2, 3, 4, 6, 7)]
        np.testing.assert_allclose([*means, shift, worst], said, atol=0.02, err_msg=name)


def test_no_network_shifts_a_colour_of_any_picture_by_a_level(set5):
    for name, made in set5.items():
        for sr, bicubic, _ in made:
            assert np.abs(sr.mean((0, 1)) - bicubic.mean((0, 1))).max() < 1, name


def test_adversaries_give_up_some_psnr_for_frequencies(set5):
    figures = {name: [score(sr, hr, 4) for sr, _, hr in made] for name, made in set5.items()}
    psnr = {name: np.mean([each.psnr_y for each in scores]) for name, scores in figures.items()}
    distance = {name: np.mean([each.spectral_distance for each in scores]) for name, scores in figures.items()}
    assert psnr["pretrain"] >= 31.1
    for name in set(figures) - {"pretrain"}:
        assert 29.0 <= psnr[name] < psnr["pretrain"], name
        assert distance[name] <= 0.6 * distance["pretrain"], name


def test_no_network_prints_a_grid_over_a_whole_picture(set5):
    for name, made in set5.items():
        assert max(grid(luma(sr)) for sr, _, _ in made) < GRID, name


def test_no_network_prints_a_mesh_where_a_picture_is_smooth(set5):
    for name, made in set5.items():
        assert max(mesh(luma(sr), luma(hr)) for sr, _, hr in made) < MESH, name


def test_the_measures_of_a_grid_see_a_faint_one(set5):
    _, bicubic, hr = set5["pretrain"][0]
    plane = luma(hr)
    checkerboard = np.indices(plane.shape).sum(0) % 2
    assert grid(plane) < 1
    assert grid(plane + 2 * checkerboard) > GRID
    assert mesh(luma(bicubic), plane) < MESH / 2
    assert mesh(plane + 2 * checkerboard, plane) == pytest.approx(1)
