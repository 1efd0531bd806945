"""The card of a registered network: every sentence from what was saved, trained and measured."""

import pytest

from srgan.digest import digest
from srgan.models.generator import build_generator
from srgan.models.weights import save_networks
from srgan.tracking import runs
from srgan.tracking.card import model_card
from tests.tracking.stored import client

BICUBIC = {"psnr_y": 28.0, "ssim_y": 0.81, "perceptual_distance": 1.4, "mesh": 0.3}
SETS = {
    "set5": {"bicubic": BICUBIC, "gan": BICUBIC | {"psnr_y": 27.5, "perceptual_distance": 0.8}},
    "own": {"bicubic": BICUBIC, "gan": BICUBIC | {"psnr_y": 29.0}},
}


@pytest.fixture
def network(tmp_path):
    """A function that saves a network of a normalisation; returns its folder and how many weights Keras counts."""

    def save(norm):
        spec = {"scale": 4, "blocks": 2, "filters": 4, "norm": norm, "skip": "bicubic"}
        trained = {"stage": "gan", "iterations": 400, "content": "features", "from": "pretrain", "start": None}
        generator = build_generator(**spec)
        save_networks(tmp_path / "gan", {"generator": generator}, {"generator": spec, "trained": trained})
        return tmp_path / "gan", generator.count_params()

    return save


def test_what_it_is_where_it_comes_from_how_good_it_is_and_where_it_ends(store, network):
    folder, count = network("batch")
    params = {"seed": 3, "data": {"train": "div2k"}, "patches": {"shrink": [1, 2]}}
    tags = {"generator_sha256": digest(folder / "generator.weights.h5"), "photographs": "85"}
    with runs.run("gan", params, tags) as run:
        run.log_dataset("patches", "f" * 64, "div2k")
    card = model_card(client(), folder, "gan", SETS, "hed", "It is champion now.")
    for sentence in (
        f"×4: 2 residual blocks of 4 filters, normalisation batch, {count:,} weights, and adds the bicubic",
        "The perceptual distance compares deep features of VGG16 of ImageNet, fine-tuned for edges (HED, BSDS500).\n",
        "* iterations: 400\n",
        "* from: pretrain\n",
        "* photographs (data.train): div2k\n* how many: 85\n",
        "* shrunk by (patches.shrink): [1, 2]\n",
        f"* digest of the patches: {'f' * 36}\n",
        f"* MLflow run: {run.id}\n",
        "**set5**, means:\n\n|  | PSNR-Y, dB ↑ |",
        "| gan | 27.50 |",
        "### Beside the champion\n\nIt is champion now.\n",
        "Its detail is made up",
        "that figure may flatter it",
        "On set5 it is 0.50 dB of PSNR-Y below bicubic interpolation.",
    ):
        assert sentence in card
    assert "On own" not in card
    assert "None" not in card
    assert "depends on the picture's size" not in card
    assert card.index("### Training") < card.index("### Figures") < card.index("### Limits")


def test_a_network_that_nobody_here_has_trained(store, network):
    folder, _ = network("layer")
    card = model_card(client(), folder, "gan", SETS, "hed", "It is champion now.")
    assert "No run in this store trained it, so the data are not known here." in card
    assert "depends on all pixels in the small picture." in card
    assert "With normalisation layer the result for a part depends on the picture's size." in card


@pytest.mark.parametrize(("orders", "clean"), [(None, True), (0, True), (2, False)])
def test_it_says_that_faults_are_enlarged_only_where_the_network_saw_none(store, network, orders, clean):
    folder, _ = network("batch")
    params = {} if orders is None else {"degradation": {"orders": orders}}
    with runs.run("gan", params, {"generator_sha256": digest(folder / "generator.weights.h5")}):
        pass
    assert ("shrunk cleanly" in model_card(client(), folder, "gan", SETS, "hed", "It is champion now.")) == clean


def test_of_two_runs_that_made_the_same_weights_the_card_names_the_newer(store, network):
    folder, _ = network("batch")
    tags = {"generator_sha256": digest(folder / "generator.weights.h5")}
    for seed in (3, 4):
        with runs.run("gan", {"seed": seed}, tags) as run:
            pass
    card = model_card(client(), folder, "gan", SETS, "hed", "It is champion now.")
    assert "* seed: 4\n" in card
    assert f"* MLflow run: {run.id}\n" in card
