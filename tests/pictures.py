"""Pictures for tests."""

import struct

import numpy as np
from PIL import ImageCms

from srgan.data.resize import enlarge

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def smooth(*shape, seed=0):
    """A picture without hard edges, uint8: what is rounded between two passes is small then."""
    small = np.random.default_rng(seed).integers(40, 216, (-(-shape[0] // 4), -(-shape[1] // 4), *shape[2:]), np.uint8)
    return enlarge(small, 4)[: shape[0], : shape[1]]


def near(picture, expected, levels=1):
    """Check that no pixel differs by more than some levels."""
    assert picture.shape == expected.shape
    assert np.abs(picture.astype(int) - expected.astype(int)).max() <= levels


def grey_profile(gamma):
    """An ICC profile (version 2.4) for a single channel, which no library here makes."""
    white = struct.pack(">3i", 63190, 65536, 54061)  # D50, in 65536ths
    tags = (
        (b"desc", b"desc", struct.pack(">I", 5) + b"grey\0" + bytes(78)),
        (b"cprt", b"text", b"none\0"),
        (b"wtpt", b"XYZ ", white),
        (b"kTRC", b"curv", struct.pack(">IH", 1, round(256 * gamma))),
    )
    table, content = struct.pack(">I", len(tags)), b""
    for name, kind, value in tags:
        stored = kind + bytes(4) + value
        table += name + struct.pack(">II", 128 + 4 + 12 * len(tags) + len(content), len(stored))
        content += stored + bytes(-len(stored) % 4)
    length = 128 + len(table) + len(content)
    kinds = struct.pack(">I4xI4s4s4s12x4s28x", length, 0x02400000, b"mntr", b"GRAY", b"XYZ ", b"acsp")
    return (kinds + white).ljust(128, b"\0") + table + content
