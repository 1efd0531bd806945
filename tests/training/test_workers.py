"""Several processes that train together: what holds when they do not agree."""

import pytest
import tensorflow as tf

from srgan.errors import UserError
from srgan.training import workers
from srgan.training.checkpoint import in_use
from srgan.training.workers import SharedScratch


def test_a_scratch_is_free_again_if_the_workers_do_not_agree(tmp_path, monkeypatch):
    def differ(*_):
        raise UserError("the workers do not have the same settings")

    monkeypatch.setattr(workers, "require_agreement", differ)
    scratch = SharedScratch(tmp_path, "gan", "key", tf.distribute.get_strategy())
    with pytest.raises(UserError), scratch:
        pass
    assert not in_use(scratch.folder)
    assert list(tmp_path.iterdir()) == []
