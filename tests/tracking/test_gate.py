"""Which version may be champion."""

import math

import pytest

from srgan.tracking.gate import fault, refusal
from tests.tracking.figures import FIGURES, measured, sets


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ({}, {}, None),
        ({"psnr_y": 28.9}, {}, "psnr_y on set5 is 28.90 dB, below evaluate.champion_psnr_y (29)"),
        ({}, {"psnr_y": 20.0}, None),  # other sets are harder; the floor is the first set's
        ({}, {"mesh": 0.39}, None),
        ({}, {"mesh": 0.5}, "mesh on own is 0.50 levels, more than bicubic's 0.30 plus evaluate.champion_mesh 0.1"),
        ({"mesh": math.nan}, {}, None),  # no picture of the set has a smooth place
    ],
)
def test_what_no_champion_may_have(rule, first, second, reason):
    assert fault(sets(FIGURES | first, FIGURES | second), rule) == reason


def tags(first=FIGURES, second=FIGURES, features="1a2b", own="5e6f"):
    """What a version's figures are known by."""
    return measured(first, second, own)._replace(features_sha256=features).tags("gan")


@pytest.mark.parametrize(
    ("candidate", "metric", "reason"),
    [
        (tags({"psnr_y": 31.5}, {"psnr_y": 31.2}), "psnr_y", None),
        (tags({"ssim_y": 0.9}, {"ssim_y": 0.88}), "ssim_y", None),
        (tags(), "ssim_y", "its ssim_y on set5 is 0.87 and this version's 0.87"),
        (tags({"perceptual_distance": 0.7}, {"perceptual_distance": 0.7}), "perceptual_distance", None),
        (
            tags({"perceptual_distance": 0.7}, {"perceptual_distance": 0.9}),
            "perceptual_distance",
            "its perceptual_distance on own is 0.8 and this version's 0.9",
        ),
        (
            tags(features="3c4d"),
            "perceptual_distance",
            "its perceptual_distance was measured with other features than this version's (data.features)",
        ),
        (tags({"psnr_y": 32.0}, {"psnr_y": 32.0}, features="3c4d"), "psnr_y", None),
        (
            tags({"psnr_y": 32.0}, {"psnr_y": 32.0}, own="9c0d"),
            "psnr_y",
            "its figures on own are of other photographs than this version's; move the alias by hand, or measure it on "
            "these",
        ),
    ],
)
def test_better_means_better_on_every_set(rule, candidate, metric, reason):
    rule = rule.model_copy(update={"champion_metric": metric})
    assert refusal(tags(), candidate, ["set5", "own"], rule) == reason


def test_a_champion_that_was_not_measured_like_that_stays(rule):
    old = {"psnr_y": "31", "benchmark": "sample", "features_sha256": "1a2b"}
    said = refusal(old, tags(), ["set5"], rule)
    assert said == "it was not measured by perceptual_distance on set5; move the alias by hand, or measure it there"


def test_a_champion_of_an_earlier_version_that_does_not_say_on_which_photographs_stays(rule):
    old = {tag: value for tag, value in tags().items() if not tag.endswith("/photographs")}
    said = refusal(old, tags({"perceptual_distance": 0.1}), ["set5"], rule)
    assert said == (
        "its figures on set5 do not say of which photographs; move the alias by hand, or measure it on these"
    )
