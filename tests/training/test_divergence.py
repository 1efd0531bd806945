"""A run that has gone wrong for good is stopped, and no other."""

import math
from contextlib import nullcontext

import keras
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from srgan.errors import UserError
from srgan.models.generator import build_generator
from srgan.params import load_params
from srgan.training.divergence import FLOOR_DB, check_images, check_weights, finite_figures


@pytest.fixture(scope="module")
def params(repository):
    return load_params(repository / "params.yaml")


SOUND = {"content_loss": 0.1, "train_psnr": math.inf, "loss": 0.2, "adversarial_loss": 1.0, "discriminator_loss": 0.5}


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(
    ("lost", "sentence"),
    [
        (["loss"], "gan: loss became .* at iteration 9; .* Lower gan.lr and run again"),
        (["loss", "content_loss"], "gan: content_loss became .* Lower gan.lr or gan.content_weight and"),
        (
            ["loss", "adversarial_loss"],
            "gan: adversarial_loss became .* Lower gan.lr or gan.adversarial_weight or gan.discriminator_lr and",
        ),
        (["discriminator_loss"], "gan: discriminator_loss became .* Lower gan.lr or gan.discriminator_lr and"),
    ],
)
def test_the_figure_that_went_first_is_named_with_what_to_lower(params, lost, value, sentence):
    later = dict.fromkeys(SOUND, math.nan)
    window = [SOUND, SOUND, SOUND | dict.fromkeys(lost, value), later]
    with pytest.raises(UserError, match=sentence):
        finite_figures("gan", params.gan, window, done=10)


def test_the_critic_s_figures_point_to_the_critic_s_learning_rate(params):
    with pytest.raises(UserError, match=r"wgan: wasserstein became .* Lower wgan\.lr or wgan\.critic_lr and"):
        finite_figures("wgan", params.wgan, [{"loss": 1.0, "wasserstein": math.nan}], done=1)


@pytest.mark.parametrize(
    ("stage", "lost", "lower"),
    [
        ("gan", "generator_optimizer", "gan.lr"),
        ("gan", "discriminator_optimizer", "gan.lr or gan.discriminator_lr"),
        ("vgg", "discriminator", "vgg.lr or vgg.discriminator_lr"),
        ("wgan", "critic_optimizer", "wgan.lr or wgan.critic_lr"),
    ],
)
def test_a_network_and_its_optimizer_point_to_the_same_learning_rate(params, stage, lost, lower):
    variables = {"generator/0/kernel": keras.Variable([1.0]), f"{lost}/1/momentum": keras.Variable([math.nan])}
    sentence = rf"{stage}: {lost} became infinite .* by the end of iteration 7; .* Lower {lower} and run again"
    with pytest.raises(UserError, match=sentence):
        check_weights(stage, getattr(params, stage), variables, done=7)


def test_sound_figures_pass_as_numbers(params):
    assert finite_figures("gan", params.gan, [SOUND, {"loss": np.float32(0.5)}], done=2) == [SOUND, {"loss": 0.5}]


@pytest.mark.parametrize(
    ("best", "psnr", "stops"),
    [(28, 8, False), (28, -9, False), (28, -11, False), (31, -11, True), (45, -15, True), (-20, -40, False)],
)
def test_images_out_of_all_proportion(params, best, psnr, stops):
    expected = pytest.raises(UserError, match=rf"train_psnr fell from {best} to {psnr} dB by iteration 20")
    with expected if stops else nullcontext():
        check_images("gan", params.gan, psnr, best, done=20)


@given(mse=st.floats(4e-5, 4.0), growth=st.floats(1e6, 1e30))
def test_an_error_grown_by_a_million_is_always_caught(params, mse, growth):
    """From any image closer than 50 dB and no worse than the opposite of the target."""

    def psnr(error):
        return 10 * math.log10(4 / error)

    with pytest.raises(UserError, match="the images have exploded"):
        check_images("gan", params.gan, psnr(mse * growth * 1.001), psnr(mse), done=20)


@given(hr=st.floats(-1, 1), sr=st.floats(-5, 5), best=st.floats(-60, 60))
def test_images_within_five_times_the_range_never_stop_a_run(params, hr, sr, best):
    assume(abs(hr - sr) > 1e-6)
    check_images("gan", params.gan, 10 * math.log10(4 / (hr - sr) ** 2), best, done=20)


@pytest.mark.parametrize("norm", ["batch", "none"])
def test_a_fresh_network_is_far_from_the_floor(norm):
    """Sixteen blocks, the deepest of the shipped settings, without the skip; each adds to the signal."""
    network = build_generator(scale=4, blocks=16, filters=64, norm=norm, skip="none")
    rng = np.random.default_rng(0)
    sr = network(rng.uniform(size=(2, 8, 8, 3)).astype("float32"), training=True).numpy()
    hr = rng.uniform(-1, 1, sr.shape)
    assert 10 * math.log10(4 / np.mean((sr - hr) ** 2)) > FLOOR_DB + 5
