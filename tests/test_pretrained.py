"""The networks that come with the repository: whole, small, and as good as their card says."""

import re

import numpy as np
import pytest

from srgan.data.images import list_images, read_image, to_rgb
from srgan.data.resize import crop_to_multiple, enlarge, shrink
from srgan.evaluation.metrics import score
from srgan.inference.find import SHIPPED, find_network
from srgan.inference.network import upscaler
from srgan.models.weights import load_generator, read_model

NETWORKS = sorted(path.parent for path in SHIPPED.glob("*/model.json"))
MEGABYTE = 1_000_000


def scores(network, pictures):
    upscale = upscaler(load_generator(network))
    for picture in pictures:
        hr = crop_to_multiple(picture, 4)
        lr = to_rgb(shrink(hr, 4))
        yield score(upscale(lr), hr, 4), score(enlarge(lr, 4), hr, 4)


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


def test_set5_as_the_card_says(shared, repository):
    card = (repository / "pretrained/README.md").read_text()
    pictures = [read_image(path) for path in list_images(shared / "data/benchmarks/Set5/HR")]
    for network in NETWORKS:
        said = re.search(rf"\| `{network.name}` .*?\| \*{{0,2}}(\d+\.\d+)", card)
        psnr_y = np.mean([ours.psnr_y for ours, _ in scores(network, pictures)])
        assert psnr_y == pytest.approx(float(said[1]), abs=0.02)
