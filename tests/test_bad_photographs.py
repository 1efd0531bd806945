"""Photographs that cannot be cut stop the work, or are left out and listed."""

import pytest

from srgan import patches
from srgan.errors import UserError
from srgan.patches import cut
from tests.cutting import SETTINGS, read_pairs, write_photo, write_photos


@pytest.fixture
def photos(tmp_path):
    return write_photos(tmp_path / "photos")


@pytest.fixture
def bad_photos(photos):
    """Two that cannot be used among five that can: one too small, one cut short; and a shard of nothing else."""
    write_photo(photos / "9/small.png", 47, 300)
    whole = (photos / "0.png").read_bytes()
    (photos / "9/short.png").write_bytes(whole[: len(whole) // 2])
    (photos / "9/text.jpg").write_text("not a picture")
    return photos


def test_a_bad_photograph_stops_the_work(bad_photos, tmp_path):
    with pytest.raises(UserError, match=r"9/short\.png.*data\.on_bad_image"):
        cut(bad_photos, tmp_path / "out", **SETTINGS)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["photos"]


def test_too_small_a_photograph_stops_the_work(photos, tmp_path):
    write_photo(photos / "small.png", 47, 300)
    with pytest.raises(UserError, match=r"small\.png: 300 x 47 is too small to be cut: patches\.size .* is 48"):
        cut(photos, tmp_path / "out", **SETTINGS)


def test_a_worker_that_stops_the_work_says_the_same(bad_photos, tmp_path, monkeypatch):
    monkeypatch.setattr(patches, "PHOTOS_A_PROCESS", 1)
    with pytest.raises(UserError, match=r"9/short\.png.*data\.on_bad_image"):
        cut(bad_photos, tmp_path / "out", **{**SETTINGS, "workers": 2, "photos_per_shard": 1})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["photos"]


def test_a_bad_photograph_is_left_out_and_listed(bad_photos, tmp_path):
    manifest = cut(bad_photos, tmp_path / "out", **{**SETTINGS, "on_bad_image": "skip", "photos_per_shard": 1})
    assert [photo["photo"] for photo in manifest["skipped"]] == ["9/short.png", "9/small.png", "9/text.jpg"]
    assert manifest["skipped"][1]["reason"].startswith("300 x 47 is too small to be cut")
    assert manifest["photos"] == len(manifest["shards"]) == 5
    assert str(tmp_path) not in (tmp_path / "out/manifest.json").read_text()
    assert {path.name for path in (tmp_path / "out").glob("*.tfrecord")} == {
        shard["file"] for shard in manifest["shards"]
    }
    assert {name for name, *_ in read_pairs(tmp_path / "out")} == {"0.png", "sub/1.png", "2.png", "sub/3.png", "4.png"}


def test_a_decompression_bomb_is_a_bad_photograph(photos, tmp_path):
    limited = {**SETTINGS, "on_bad_image": "skip", "max_pixels": 101 * 67}
    manifest = cut(photos, tmp_path / "out", **limited)
    assert [photo["photo"] for photo in manifest["skipped"]] == ["2.png", "4.png", "sub/3.png"]


def test_nothing_usable(tmp_path):
    write_photo(tmp_path / "photos/a.png", 20, 20)
    with pytest.raises(UserError, match=r"none of its 1 photographs can be used.*a\.png: 20 x 20"):
        cut(tmp_path / "photos", tmp_path / "out", **{**SETTINGS, "on_bad_image": "skip"})
    assert not (tmp_path / "out").exists()


def test_no_photographs(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/notes.txt").write_text("none")
    with pytest.raises(UserError, match=r"no photographs.*data\.train"):
        cut(tmp_path / "photos", tmp_path / "out", **SETTINGS)
