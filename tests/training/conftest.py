"""What the tests of training share: data to train on, made once."""

from pathlib import Path

import pytest

from srgan.params import load_params
from tests.training.project import make_data


@pytest.fixture(scope="session")
def data(tmp_path_factory, vgg16) -> Path:
    """Patches, a picture to watch, VGG19, and the networks of pretrain and gan, hardly trained."""
    folder = tmp_path_factory.mktemp("data")
    make_data(folder, vgg16)
    return folder


@pytest.fixture
def settings(repository):
    """A function giving a stage's settings, those of params.yaml with some changed."""
    params = load_params(repository / "params.yaml")
    return lambda stage, **changes: getattr(params, stage).model_copy(update=changes)
