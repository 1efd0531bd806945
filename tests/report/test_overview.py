"""The strip of crops: each enlarged to squares of pixels, from left to right, with its name under it."""

import numpy as np
import pytest
from PIL import Image

from srgan.report.overview import SHOWN, write_overview


@pytest.mark.parametrize("shown", [SHOWN, ("vgg", "target")])
def test_crops_stand_side_by_side_in_the_order_asked_for(tmp_path, shown):
    rng = np.random.default_rng(0)
    crops = {name: rng.integers(0, 256, (40, 48, 3), np.uint8) for name in (*SHOWN, "vgg")}
    for name, crop in crops.items():
        Image.fromarray(crop).save(tmp_path / f"{name}.png")
    files = {name: f"{name}.png" for name in crops}
    write_overview(tmp_path / "strip.png", tmp_path, files, {name: name for name in crops}, shown)
    strip = np.asarray(Image.open(tmp_path / "strip.png"))
    step = (strip.shape[1] + 6) // len(shown)
    for place, name in enumerate(shown):
        doubled = np.asarray(Image.fromarray(crops[name]).resize((96, 80), Image.Resampling.NEAREST))
        np.testing.assert_array_equal(strip[:80, place * step : place * step + 96], doubled)
        caption = strip[80:, place * step : place * step + 96]
        assert caption.min() < 100, f"nothing is written under {name}"
