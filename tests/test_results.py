"""The committed results of the sample run: what its README and the papers promise of it."""

import json

import pandas as pd
import pytest


@pytest.fixture
def means(repository):
    """model -> figures over the sample's photographs."""
    return json.loads((repository / "results/metrics.json").read_text())["sample"]


def test_srresnet_is_well_above_bicubic(means):
    assert means["pretrain"]["psnr_y"] > means["bicubic"]["psnr_y"] + 0.7


@pytest.mark.parametrize("stage", ["gan", "vgg", "wgan"])
def test_an_adversary_restores_frequencies_for_a_bounded_loss_of_psnr(means, stage):
    assert means[stage]["spectral_distance"] < 0.8 * means["pretrain"]["spectral_distance"]
    assert means["pretrain"]["psnr_y"] - 1.5 < means[stage]["psnr_y"] < means["pretrain"]["psnr_y"]


def test_the_critic_s_estimate_is_positive_and_falls(repository):
    """The generator moves towards the photographs, so their Wasserstein distance falls (Arjovsky et al., figure 3)."""
    estimate = pd.read_csv(repository / "results/curves/wgan.csv").wasserstein
    third = len(estimate) // 3
    assert estimate.min() > 0
    assert estimate[-third:].mean() < 0.9 * estimate[:third].mean()
