"""A network that is exactly bicubic, and pictures enlarged by it."""

import pytest

from srgan.inference.enlarger import Enlarger
from srgan.models.generator import build_generator
from srgan.models.weights import save_networks
from tests.networks import SMALL


@pytest.fixture(scope="session")
def bicubic(tmp_path_factory):
    """The folder of a network that is exactly bicubic: with the bicubic skip, and untrained."""
    spec = SMALL | {"blocks": 1}
    folder = tmp_path_factory.mktemp("network") / "bicubic"
    save_networks(folder, {"generator": build_generator(**spec)}, {"generator": spec, "trained": {}})
    return folder


@pytest.fixture(scope="session")
def enlarger(bicubic):
    """What enlarges with it, in small tiles."""
    return Enlarger(bicubic, tile=16)


@pytest.fixture
def enlarged(enlarger, tmp_path):
    """A function that saves a picture under a name, enlarges it, and returns where the result is."""

    def run(name, save, target="out.png"):
        source = tmp_path / name
        save(source)
        enlarger.enlarge(source, tmp_path / target)
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted({name, target})  # nothing left over
        return tmp_path / target

    return run
