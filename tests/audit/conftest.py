"""Folders of photographs, with what is to be found in them."""

import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageFilter

HOSTILE = "<img src=x onerror=alert(1)>&\"'.png"  # a user's own file names are no HTML


@pytest.fixture
def folders(tmp_path):
    """A training set of 15 with every fault, and a benchmark of two; the folder that both are in."""
    train, benchmark = tmp_path / "train", tmp_path / "benchmark"
    (train / "sub").mkdir(parents=True)
    benchmark.mkdir()
    cat, cup = Image.fromarray(skimage.data.chelsea()), Image.fromarray(skimage.data.coffee())
    for i, name in enumerate(("astronaut", "rocket")):
        photo = getattr(skimage.data, name)()
        for j in range(4):
            part = photo[40 * j : 40 * j + 200, 80 * j : 80 * j + 220]
            Image.fromarray(part).save(train / f"{i}{j}.jpg", quality=60 + 10 * j)
    Image.fromarray(np.asarray(Image.open(train / "00.jpg"))).save(train / "sub" / "again.png")
    Image.open(train / "11.jpg").save(train / HOSTILE, format="PNG")
    cat.resize((300, 200)).save(train / "leak.jpg", quality=70)
    cup.filter(ImageFilter.GaussianBlur(5)).convert("L").save(train / "blurred.png")
    Image.new("RGB", (100, 50), (9, 90, 200)).save(train / "flat.bmp")
    (train / "cut.jpg").write_bytes((train / "00.jpg").read_bytes()[:2000])
    (train / "text.jpg").write_text("no picture")
    cat.save(benchmark / "cat.png")
    Image.fromarray(skimage.data.camera()).save(benchmark / "camera.png")
    return tmp_path


@pytest.fixture
def audited(folders):
    """What is known of them."""
    from srgan.audit.survey import audit, survey

    train = survey("train", folders / "train", 10**6, 1, "loky")
    return audit(train, [survey("mine", folders / "benchmark", 10**6, 1, "loky")], 192)
