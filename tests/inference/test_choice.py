"""Which network a picture gets where none is named."""

import numpy as np
import pytest
from PIL import Image

from srgan.inference.choice import suiting
from srgan.inference.shipped import SHIPPED

PIXELS = Image.fromarray(np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8))


@pytest.mark.parametrize(("quality", "network"), [(30, "photo"), (75, "photo"), (89, "photo"), (90, "pretrain")])
def test_a_jpeg_by_its_quality(tmp_path, quality, network):
    PIXELS.save(tmp_path / "a.jpg", quality=quality)
    reason = f"a JPEG of quality {quality}" if network == "photo" else ""
    assert suiting(tmp_path / "a.jpg") == (SHIPPED / network, reason)


def test_by_its_content_and_not_by_its_name(tmp_path):
    PIXELS.save(tmp_path / "a.png", "JPEG", quality=50)
    PIXELS.save(tmp_path / "b.jpg", "PNG")
    assert suiting(tmp_path / "a.png").network == SHIPPED / "photo"
    assert suiting(tmp_path / "b.jpg").network == SHIPPED / "pretrain"


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff", b"\xff\xd8\xff\xdb\x00\x03\x01", b"\xff\xd8\xff" + bytes(100)])
def test_a_damaged_file_is_left_to_those_who_read_it(tmp_path, data):
    (tmp_path / "a.jpg").write_bytes(data)
    assert suiting(tmp_path / "a.jpg").network == SHIPPED / "pretrain"


def test_a_file_that_is_not_there_too(tmp_path):
    assert suiting(tmp_path / "a.jpg").network == SHIPPED / "pretrain"
