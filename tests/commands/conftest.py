"""A network and photographs for the tests of commands that enlarge."""

import numpy as np
import pytest
from PIL import Image

from srgan.models.generator import build_generator
from srgan.models.weights import save_networks


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A network that is exactly bicubic: with the bicubic skip, and untrained."""
    spec = {"scale": 4, "blocks": 1, "filters": 8, "norm": "batch", "skip": "bicubic"}
    folder = tmp_path_factory.mktemp("project") / "models" / "gan"
    save_networks(folder, {"generator": build_generator(**spec)}, {"generator": spec})
    return folder


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """A folder with a picture, one in a subfolder, a text, and a hidden one."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "photos"
    for name in ("a.png", "trip/b.jpg", ".hidden/c.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((6, 8, 3), 99, np.uint8)).save(folder / name)
    (folder / "notes.txt").write_text("no picture")
    return folder
