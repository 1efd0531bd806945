"""Details side by side: each enlarged, in its row and column, with its column's name above."""

import numpy as np
import pytest
from PIL import Image

from srgan.names import COLUMNS
from srgan.report.overview import GAP, HEADING, sheet, write_overview

HEIGHT, WIDTH = 40, 72


def details(names, seed=0):
    rng = np.random.default_rng(seed)
    return {name: rng.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8) for name in names}


@pytest.mark.parametrize("enlarged", [1, 2])
@pytest.mark.parametrize("names", [tuple(COLUMNS), ("vgg", "target")])
def test_every_detail_is_in_its_row_and_column(names, enlarged):
    rows = [details(names, seed) for seed in range(3)]
    page = sheet(rows, {name: name for name in names}, enlarged)
    high, wide, first = enlarged * HEIGHT, enlarged * WIDTH, enlarged * HEADING
    assert page.shape == (first + 3 * (high + GAP) - GAP, len(names) * (wide + GAP) - GAP, 3)
    for column, name in enumerate(names):
        left = column * (wide + GAP)
        for row, pictures in enumerate(rows):
            top = first + row * (high + GAP)
            large = Image.fromarray(pictures[name]).resize((wide, high), Image.Resampling.BICUBIC)
            np.testing.assert_array_equal(page[top : top + high, left : left + wide], large)
        heading = page[:first, left : left + wide]
        assert heading.min() < 100, f"nothing is written above {name}"


def test_the_overview_has_all_networks_by_their_names(tmp_path):
    crops = details(COLUMNS)
    for name, crop in crops.items():
        Image.fromarray(crop).save(tmp_path / f"{name}.png")
    files = {name: f"{name}.png" for name in reversed(crops)} | {"all": "none.png"}
    write_overview(tmp_path / "strip.png", tmp_path, files)
    expected = sheet([crops], COLUMNS)
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "strip.png")), expected)
