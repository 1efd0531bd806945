"""Presets that are named after a publication have its settings."""

import pytest


def test_the_paper_s_settings(preset):
    """Ledig et al. 2017, section 3.2; Arjovsky et al. 2017, Algorithm 1 and the authors' code."""
    paper = preset("paper")
    assert (paper.generator.blocks, paper.generator.filters, paper.generator.skip) == (16, 64, "none")
    assert (paper.discriminator.filters, paper.discriminator.units, paper.discriminator.head) == (64, 1024, "dense")
    assert (paper.pretrain.iterations, paper.pretrain.lr, paper.pretrain.batch_size) == (1_000_000, 1e-4, 16)
    for stage in (paper.gan, paper.vgg):
        assert (stage.iterations, stage.lr, stage.lr_schedule) == (200_000, 1e-4, "steps")
        assert (stage.lr_drop_at, stage.lr_drop_factor, stage.beta_1) == ([0.5], 0.1, 0.9)
        assert (stage.adversarial_weight, stage.weighting, stage.game) == (1e-3, "fixed", "standard")
        assert (stage.real_label, stage.fake_label) == (1.0, 0.0)
        assert (stage.discriminator_lr, stage.discriminator_warmup, stage.shift) == (stage.lr, 0, 0)
        assert stage.discriminator_penalty == 0
        assert (stage.init, stage.crop) == ("pretrain", 96)
    for stage in (paper.pretrain, paper.gan, paper.vgg, paper.wgan):
        assert (stage.population_from, stage.ema, stage.pixel_weight) == (1.0, 0.0, 0.0)
        assert (stage.grid_weight, stage.consistency_weight) == (0.0, 0.0)
        assert (stage.halo_weight, stage.spectrum_weight) == (0.0, 0.0)
    assert paper.discriminator.network == "srgan"
    assert paper.vgg.content == "vgg54"
    assert (paper.wgan.n_critic, paper.wgan.clip, paper.wgan.lr, paper.wgan.optimizer) == (5, 0.01, 5e-5, "rmsprop")
    assert (paper.wgan.warmup_critic, paper.wgan.warmup_iterations, paper.wgan.warmup_every) == (100, 25, 500)


def test_the_original_s_settings(preset):
    original = preset("original")
    lengths = (original.pretrain.iterations, original.gan.iterations, original.vgg.iterations)
    assert lengths == (90_000, 70_000, 40_000)
    for stage in (original.pretrain, original.gan, original.vgg):
        assert (stage.lr, stage.batch_size) == (1e-4, 8)
    assert (original.gan.real_label, original.gan.fake_label) == (0.9, 0.1)
    assert (original.wgan.lr, original.wgan.optimizer) == (5e-6, "rmsprop")


def test_the_degradation_s_settings(preset):
    """Wang et al. 2021, section 4.1, and the authors' options/train_realesrgan_x4plus.yml."""
    paper, off = preset("real_esrgan").degradation, preset("sample").degradation
    assert (paper.orders, off.orders) == (2, 0)
    assert paper.model_copy(update={"orders": 0}) == off
    first, last = paper.first, paper.last
    for order in (first, last):
        kinds = order.kernels
        assert kinds.sinc == 0.1
        assert kinds.isotropic + kinds.anisotropic == pytest.approx(0.9 * 0.7)
        assert kinds.generalised_isotropic + kinds.generalised_anisotropic == pytest.approx(0.9 * 0.15)
        assert kinds.plateau_isotropic + kinds.plateau_anisotropic == pytest.approx(0.9 * 0.15)
        assert (order.side, order.generalised, order.plateau) == ((7, 21), (0.5, 4), (1, 2))
        assert (order.gaussian, order.grey, order.jpeg) == (0.5, 0.4, (30, 95))
    assert (first.blur, first.sigma, first.noise, first.poisson) == (1, (0.2, 3), (1, 30), (0.05, 3))
    assert (last.blur, last.sigma, last.noise, last.poisson) == (0.8, (0.2, 1.5), (1, 25), (0.05, 2.5))
    assert (tuple(dict(first.resize).values()), first.factor) == ((0.2, 0.7, 0.1), (0.15, 1.5))
    assert (tuple(dict(last.resize).values()), last.factor) == ((0.3, 0.4, 0.3), (0.3, 1.2))
    assert paper.final_sinc == 0.8
