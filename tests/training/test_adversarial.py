"""SRGAN's recipe over several steps; a single one is compared with its formula in test_one_step."""

import numpy as np

from srgan.training.adversarial import Adversarial
from srgan.training.losses import mse
from tests.training.networks import batches, changed, discriminator, generator, trained


def test_an_adversarial_step_moves_both_networks_and_pulls_their_losses_apart(settings):
    g, d = generator(), discriminator()
    recipe = Adversarial(settings("gan", shift=0), g, d, mse, seed=0)
    before_g, before_d = trained(g), trained(d)
    stream = batches()
    metrics = [recipe.step(i, stream) for i in range(30)]
    assert changed(before_g, g)
    assert changed(before_d, d)
    d_losses = [float(m["discriminator_loss"]) for m in metrics]
    assert np.mean(d_losses[-5:]) < np.mean(d_losses[:5])


def test_the_discriminator_learns_alone_before_the_first_iteration(settings):
    stage = settings("gan", discriminator_warmup=3, discriminator_lr=1e-3)
    g, d = generator(), discriminator()
    recipe = Adversarial(stage, g, d, mse, seed=0)
    taken, seen = [], []

    def counted():
        for batch in batches():
            taken.append(batch)
            yield batch

    warmup = recipe.compiled_warmup

    def watched(batch):
        before = trained(g)
        discriminator_before = trained(d)
        warmup(batch)
        seen.append(batch)
        assert not changed(before, g)
        assert changed(discriminator_before, d)

    recipe.compiled_warmup = watched
    stream = counted()
    recipe.step(0, stream)
    assert [id(batch) for batch in taken[:3]] == [id(batch) for batch in seen]
    assert [recipe.batches_before(iteration) for iteration in range(3)] == [0, 4, 5]
    assert len(taken) == recipe.batches_before(1)
    recipe.step(1, stream)
    assert (len(taken), len(seen)) == (5, 3)
