"""The networks that come with the repository: whole, small, and as good as their card says."""

import numpy as np
import pytest

from srgan.commands.networks import SHIPPED, find_network
from srgan.data.images import from_signed, read_image, to_rgb, to_unit
from srgan.data.resize import crop_to_multiple, enlarge, shrink
from srgan.evaluation.results import read_metrics
from srgan.inference.network import as_function
from srgan.metrics.artefacts import lattice, mesh
from srgan.metrics.distortion import luma
from srgan.metrics.perceptual import PerceptualDistance
from srgan.metrics.score import means, score
from srgan.models.stored import read_generator, read_model
from srgan.models.upscaler import upscaler
from srgan.models.weights import load_generator
from srgan.sources.degraded import Step, degrade
from srgan.training.history import last_stage
from tests.published import photographs

NETWORKS = sorted(path.parent for path in SHIPPED.glob("*/model.json"))
MEGABYTE = 1_000_000
GRID = 1.6  # decades; the photographs of Set5 have up to 1.05 themselves
LOOKS_BETTER = {"Set5": 0.93, "BSD100": 0.86}  # of SRResNet's perceptual distance; a faint lattice comes to 0.83
LATTICE = 2.6  # dB; SRResNet, which prints none, has up to 0.4
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
        yield score(sr, hr, 4, {}), score(bicubic, hr, 4, {})


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


def worst_mesh(made):
    """Of the pictures that have a smooth place, in grey levels."""
    return np.nanmax([mesh(luma(sr), luma(hr), 4) for sr, _, hr in made])


def test_the_default_is_among_them():
    assert find_network(None) in NETWORKS


@pytest.mark.parametrize("network", NETWORKS, ids=lambda path: path.name)
def test_full_size_and_small_enough_for_git(network):
    model = read_model(network)
    assert (model["generator"]["blocks"], model["generator"]["filters"], model["generator"]["scale"]) == (16, 64, 4)
    assert last_stage(model["trained"]) == {"photo": "gan"}.get(network.name, network.name)
    assert (network / "generator.weights.h5").stat().st_size < 8 * MEGABYTE


def test_the_default_is_far_above_bicubic_on_photographs_it_never_saw():
    from skimage.data import chelsea

    ((ours, bicubic),) = scores(find_network(None), [chelsea()[60:220, 100:300]])
    assert ours["psnr_y"] > bicubic["psnr_y"] + 0.5
    assert ours["spectral_distance"] < bicubic["spectral_distance"]


@pytest.mark.parametrize("network", NETWORKS, ids=lambda path: path.name)
def test_upscale_without_keras_gives_keras_picture(network):
    """To a level, and only where a value lies between two."""
    from skimage.data import chelsea

    lr = shrink(chelsea()[60:220, 100:300], 4)
    without = from_signed(as_function(*read_generator(network))(to_unit(lr))).astype(int)
    difference = np.abs(without - upscaler(load_generator(network))(lr))
    assert difference.max() <= 1
    assert (difference > 0).mean() < 1e-3


@pytest.fixture(scope="session")
def set5():
    """For each shipped network what it makes of Set5, bicubic's, and the pictures."""
    pictures = [read_image(path) for path in photographs("set5").values()]
    return {network.name: list(enlarged(network, pictures)) for network in NETWORKS}


@pytest.fixture(scope="session")
def sample():
    """The same of parts of two photographs that no network was trained on: a flower before a plain ground, and fur."""
    from skimage.data import chelsea
    from sklearn.datasets import load_sample_image

    pictures = [load_sample_image("flower.jpg")[100:260, 40:240], chelsea()[60:220, 100:300]]
    return {network.name: list(enlarged(network, pictures)) for network in NETWORKS}


@pytest.fixture(params=["sample", "set5"])
def made(request):
    """One of the two."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def recorded():
    """set -> network -> figures, as the stage evaluate measured them."""
    return read_metrics(SHIPPED / "metrics.json")


def test_set5_is_as_recorded(set5, recorded, vgg16):
    perceptual = PerceptualDistance(vgg16)
    for name, pictures in set5.items():
        figures = means([score(sr, hr, 4, {"perceptual_distance": perceptual.to(hr)}) for sr, _, hr in pictures])
        assert figures == pytest.approx(recorded["Set5"][name], rel=2e-3, abs=5e-3), name


def test_how_far_a_network_shifts_the_colours_of_a_picture(made):
    for name, pictures in made.items():
        for sr, bicubic, _ in pictures:
            shift = np.abs(sr.mean((0, 1)) - bicubic.mean((0, 1))).max()
            assert shift < (1.5 if name == "photo" else 1), name


ADVERSARIES = ("gan", "vgg", "wgan")


@pytest.mark.parametrize("name", ADVERSARIES)
@pytest.mark.parametrize("benchmark", ["Set5", "BSD100"])
def test_adversaries_look_better_than_srresnet_for_some_psnr(recorded, benchmark, name):
    srresnet, adversary = recorded[benchmark]["pretrain"], recorded[benchmark][name]
    assert adversary["perceptual_distance"] < LOOKS_BETTER[benchmark] * srresnet["perceptual_distance"]
    assert srresnet["psnr_y"] - 1.8 < adversary["psnr_y"] < srresnet["psnr_y"]
    assert adversary["lr_psnr"] > 40
    assert adversary["mesh"] < recorded[benchmark]["bicubic"]["mesh"] + 0.1


@pytest.mark.parametrize(("benchmark", "gain"), [("BSD100+jpeg60", 0.4), ("BSD100+noise10+jpeg75", 0.8)])  # dB
def test_photo_is_better_on_worse_pictures(recorded, benchmark, gain):
    srresnet, photo, bicubic = (recorded[benchmark][name] for name in ("pretrain", "photo", "bicubic"))
    assert photo["psnr_y"] > srresnet["psnr_y"] + gain
    assert photo["perceptual_distance"] < min(srresnet["perceptual_distance"], bicubic["perceptual_distance"])


def test_photo_gives_up_little_on_clean_pictures(recorded):
    assert recorded["BSD100"]["photo"]["psnr_y"] > recorded["BSD100"]["pretrain"]["psnr_y"] - 1.2


def test_the_errors_of_jpeg_change_photo_s_picture_less():
    from skimage.data import chelsea

    hr = chelsea()[60:220, 100:300]
    clean, compressed = shrink(hr, 4), degrade(hr, [Step("jpeg", 40)], 4, "")

    def change(network):
        enlarge = as_function(*read_generator(SHIPPED / network))
        return np.abs(enlarge(to_unit(compressed)) - enlarge(to_unit(clean))).mean()

    assert change("photo") < 0.8 * change("pretrain")


def test_adversaries_look_better_than_srresnet_on_photographs_that_come_with_packages(sample, vgg16):
    perceptual = PerceptualDistance(vgg16)
    distances = {name: np.mean([perceptual.to(hr)(sr) for sr, _, hr in pictures]) for name, pictures in sample.items()}
    for name in ADVERSARIES:
        assert distances[name] < 0.95 * distances["pretrain"], name


def test_srresnet_on_set5(set5):
    assert np.mean([score(sr, hr, 4, {})["psnr_y"] for sr, _, hr in set5["pretrain"]]) >= 31.6


def test_no_network_prints_a_grid_over_a_whole_picture(made):
    for name, pictures in made.items():
        assert max(grid(luma(sr)) for sr, _, _ in pictures) < GRID, name


def test_no_network_prints_a_mesh_where_a_picture_is_smooth(made):
    for name, pictures in made.items():
        assert worst_mesh(pictures) < MESH, name


@pytest.mark.parametrize("network", NETWORKS, ids=lambda path: path.name)
def test_no_network_prints_a_lattice_of_dots_into_textures(network):
    """Fur, and the wood under a cup."""
    from skimage.data import chelsea, coffee

    for sr, _, hr in enlarged(network, [chelsea(), coffee()]):
        assert lattice(luma(sr), luma(hr), 4) < LATTICE


def test_the_measures_of_a_grid_see_a_faint_one(made):
    _, bicubic, hr = made["pretrain"][0]
    plane = luma(hr)
    checkerboard = np.indices(plane.shape).sum(0) % 2
    assert grid(plane) < 1
    assert grid(plane + 2 * checkerboard) > GRID
    assert mesh(luma(bicubic), plane, 4) < MESH / 2
    assert mesh(plane + 2 * checkerboard, plane, 4) == pytest.approx(1)
