"""Details side by side: each enlarged to squares of pixels, in its row and column, with its column's name above."""

import numpy as np
import pytest
from PIL import Image

from srgan.report.overview import GAP, HEADING, SHOWN, sheet, write_overview

HEIGHT, WIDTH = 40, 48


def details(names, seed=0):
    rng = np.random.default_rng(seed)
    return {name: rng.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8) for name in names}


@pytest.mark.parametrize("names", [SHOWN, ("vgg", "target")])
def test_every_detail_is_in_its_row_and_column(names):
    rows = [details(names, seed) for seed in range(3)]
    page = sheet(rows, {name: name for name in names})
    assert page.shape == (HEADING + 3 * (2 * HEIGHT + GAP) - GAP, len(names) * (2 * WIDTH + GAP) - GAP, 3)
    for column, name in enumerate(names):
        left = column * (2 * WIDTH + GAP)
        for row, pictures in enumerate(rows):
            top = HEADING + row * (2 * HEIGHT + GAP)
            doubled = pictures[name].repeat(2, axis=0).repeat(2, axis=1)
            np.testing.assert_array_equal(page[top : top + 2 * HEIGHT, left : left + 2 * WIDTH], doubled)
        heading = page[:HEADING, left : left + 2 * WIDTH]
        assert heading.min() < 100, f"nothing is written above {name}"


def test_the_strip_of_crops_has_those_that_are_shown(tmp_path):
    crops = details((*SHOWN, "vgg"))
    for name, crop in crops.items():
        Image.fromarray(crop).save(tmp_path / f"{name}.png")
    titles = {name: name for name in crops}
    write_overview(tmp_path / "strip.png", tmp_path, {name: f"{name}.png" for name in crops}, titles)
    expected = sheet([{name: crops[name] for name in SHOWN}], titles)
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "strip.png")), expected)
