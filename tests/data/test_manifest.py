"""Damage to a folder of shards is found."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from srgan.data.batches import batches
from srgan.data.manifest import read_manifest, verify
from srgan.errors import UserError
from srgan.patches import cut


@pytest.fixture
def real(tmp_path):
    """A folder that `cut` made, and what its manifest says."""
    (tmp_path / "photos").mkdir()
    for i in range(3):
        noise = np.random.default_rng(i).integers(0, 256, (16, 24, 3), np.uint8)
        Image.fromarray(noise).save(tmp_path / f"photos/{i}.png")
    manifest = cut(
        tmp_path / "photos",
        tmp_path / "patches",
        scale=4,
        size=8,
        photos_per_shard=1,
        workers=1,
        backend="loky",
        on_bad_image="error",
        max_pixels=10**6,
    )
    return tmp_path / "patches", manifest


def test_a_sound_folder_is_let_through(real):
    folder, manifest = real
    assert read_manifest(folder) == verify(folder) == manifest


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_changed_byte_is_found(real, data):
    folder, manifest = real
    shard = data.draw(st.sampled_from([folder / shard["file"] for shard in manifest["shards"]]))
    sound = shard.read_bytes()
    place = data.draw(st.integers(0, len(sound) - 1))
    change = data.draw(st.integers(1, 255))
    shard.write_bytes(sound[:place] + bytes([sound[place] ^ change]) + sound[place + 1 :])
    try:
        with pytest.raises(UserError, match=rf"{shard.name}: the shard is damaged.*dvc repro -f patches"):
            verify(folder)
    finally:
        shard.write_bytes(sound)


def test_a_cut_shard_is_found_at_once(real):
    folder, manifest = real
    shard = folder / manifest["shards"][1]["file"]
    shard.write_bytes(shard.read_bytes()[:-1])
    with pytest.raises(UserError, match=rf"{shard.name}: the shard has .* bytes, not .*dvc repro -f patches"):
        read_manifest(folder)


def test_a_missing_shard_is_found_at_once(real):
    folder, manifest = real
    (folder / manifest["shards"][2]["file"]).unlink()
    with pytest.raises(UserError, match=r"00002\.tfrecord: the shard is missing.*dvc repro -f patches"):
        batches(folder, batch_size=2, crop=8, seed=1, count=1)


def test_no_manifest(tmp_path):
    with pytest.raises(UserError, match=r"manifest\.json: no such file.*dvc repro patches"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not a manifest"),
        ("[]", "not a manifest"),
        ('{"format": 1}', "not a manifest"),
        ('{"format": 2, "count": 0, "shards": []}', "format 2, not 1"),
        ('{"format": 1, "count": 0, "shards": []}', "do not add up"),
        ('{"format": 1, "count": 2, "shards": [{"file": "a", "bytes": 1, "count": 1}]}', "do not add up"),
    ],
)
def test_a_manifest_that_makes_no_sense(tmp_path, text, message):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(UserError, match=f"{message}.*dvc repro -f patches"):
        read_manifest(tmp_path)
