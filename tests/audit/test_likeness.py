"""Copies are found among photographs, and nothing else is."""

import io

import imagehash
import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageEnhance
from scipy.spatial.distance import cdist
from sklearn.datasets import load_sample_image

from srgan.audit.likeness import ALIKE, HASH_BITS, HASH_SIDE, groups, leaks

PHOTOS = [
    Image.fromarray(each)
    for each in (
        *(
            getattr(skimage.data, name)()
            for name in ("astronaut", "coffee", "rocket", "chelsea", "camera", "coins", "page")
        ),
        *(load_sample_image(name) for name in ("china.jpg", "flower.jpg")),
    )
]


def hashed(photo):
    return np.packbits(imagehash.phash(photo, HASH_SIDE).hash).tobytes()


def as_jpeg(photo, quality):
    file = io.BytesIO()
    photo.save(file, "JPEG", quality=quality)
    return Image.open(file)


COPIES = {
    "half the size, JPEG 40": lambda photo: as_jpeg(photo.resize((photo.width // 2, photo.height // 2)), 40),
    "a fifth of the size": lambda photo: photo.resize((photo.width // 5, photo.height // 5)),
    "JPEG 20": lambda photo: as_jpeg(photo, 20),
    "grey": lambda photo: photo.convert("L"),
    "brighter": lambda photo: ImageEnhance.Brightness(photo).enhance(1.2),
    "cut by 1 %": lambda photo: photo.crop((photo.width // 100, photo.height // 100, photo.width, photo.height)),
}


@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_is_found_and_nothing_else(copy):
    trained = [hashed(COPIES[copy](photo)) for photo in PHOTOS]
    measured = [hashed(photo) for photo in PHOTOS]
    assert [found[:2] for found in leaks(trained, measured)] == [(i, i) for i in range(len(PHOTOS))]
    assert groups(trained) == groups(measured) == []
    assert groups(trained + measured) == [[i, i + len(PHOTOS)] for i in range(len(PHOTOS))]


@pytest.fixture(scope="module")
def random_hashes():
    """500 random ones, and after them 200 that differ from one of these in up to 70 bits."""
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2, (500, HASH_BITS), np.uint8)
    near = bits[rng.integers(0, 500, 200)].copy()
    for row in near:
        row[rng.choice(HASH_BITS, rng.integers(0, 71), replace=False)] ^= 1
    return np.concatenate([bits, near])


def test_leaks_are_those_of_all_distances(random_hashes):
    trained, measured = random_hashes[200:], random_hashes[:200]
    distances = cdist(trained, measured, "hamming") * HASH_BITS
    expected = {i: round(row.min()) for i, row in enumerate(distances) if row.min() <= ALIKE}
    found = leaks([np.packbits(row).tobytes() for row in trained], [np.packbits(row).tobytes() for row in measured])
    assert {leak.trained: leak.bits for leak in found} == expected
    assert all(round(distances[leak.trained, leak.measured]) == leak.bits for leak in found)
    assert len(expected) > 30


def test_groups_are_those_of_all_distances(random_hashes):
    expected = {i: {i} for i in range(len(random_hashes))}
    for i, j in np.argwhere(cdist(random_hashes, random_hashes, "hamming") * HASH_BITS <= ALIKE):
        merged = expected[i] | expected[j]
        expected |= dict.fromkeys(merged, merged)
    unique = {tuple(sorted(group)) for group in expected.values() if len(group) > 1}
    assert groups([np.packbits(row).tobytes() for row in random_hashes]) == sorted(map(list, unique))


def test_flat_photographs_are_like_none():
    assert groups([b"", b"", b""]) == []
    assert leaks([b"", hashed(PHOTOS[0])], [b""]) == []
    assert leaks([b""], [hashed(PHOTOS[0])]) == []
    assert groups([]) == leaks([], []) == []


def test_a_thousand_copies_cost_no_million_pairs(random_hashes):
    one, other = (np.packbits(random_hashes[i]).tobytes() for i in (0, 1))
    assert groups([other, *[one] * 1000, other]) == [[0, 1001], list(range(1, 1001))]
