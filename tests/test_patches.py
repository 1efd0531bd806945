"""Photographs become the same shards everywhere, and every pair lies where it says."""

import hashlib
import json
import resource
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from srgan import parallel, patches
from srgan.atomic import temporary_path
from srgan.data.images import read_image, to_rgb
from srgan.data.resize import crop_to_multiple, shrink
from srgan.errors import UserError
from srgan.patches import cut, grid
from tests.cutting import SETTINGS, read_pairs, write_photo, write_photos


@pytest.fixture
def photos(tmp_path):
    return write_photos(tmp_path / "photos")


def contents(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@given(scale=st.sampled_from([2, 3, 4, 8]), small=st.integers(1, 60), extra=st.integers(0, 700))
def test_grid_covers_the_side_with_as_few_patches_as_can(scale, small, extra):
    size, length = scale * small, scale * (small + extra)
    places = grid(length, size, scale)
    assert len(places) == int(np.ceil(length / size))
    assert places[0] == 0
    assert places[-1] == length - size
    assert all(place % scale == 0 for place in places)
    steps = np.diff(places)
    assert (steps > 0).all()
    assert (steps <= size).all(), "a gap"
    assert np.ptp(steps) <= scale if len(steps) else True, "not evenly spaced"


@pytest.mark.parametrize(("scale", "size"), [(2, 48), (3, 48), (4, 48), (8, 40)])
def test_every_pair_is_the_resize_of_its_photograph_at_its_place(photos, tmp_path, scale, size):
    manifest = cut(photos, tmp_path / "out", **{**SETTINGS, "scale": scale, "size": size})
    covered, seen = {}, 0
    for name, y, x, lr, hr in read_pairs(tmp_path / "out"):
        photo = crop_to_multiple(to_rgb(read_image(photos / name)), scale)
        small, v, u = size // scale, y // scale, x // scale
        np.testing.assert_array_equal(hr.reshape(size, size, 3), photo[y : y + size, x : x + size])
        np.testing.assert_array_equal(lr.reshape(small, small, 3), shrink(photo, scale)[v : v + small, u : u + small])
        covered.setdefault(name, np.zeros(photo.shape[:2], bool))[y : y + size, x : x + size] = True
        seen += 1
    assert len(covered) == manifest["photos"] == 5
    assert all(mask.all() for mask in covered.values())
    assert seen == manifest["count"] == sum(shard["count"] for shard in manifest["shards"])


def test_photographs_are_cut_in_several_sizes_as_far_as_a_patch_fits(tmp_path):
    rng = np.random.default_rng(0)
    large, small = (rng.integers(0, 256, (height, 100, 3), np.uint8) for height in (130, 64))
    (tmp_path / "photos").mkdir()
    for name, photo in (("large", large), ("small", small)):
        Image.fromarray(photo).save(tmp_path / f"photos/{name}.png")
    cut(tmp_path / "photos", tmp_path / "out", **SETTINGS | {"shrink": [1, 2]})
    found = {}
    for name, y, x, _, hr in read_pairs(tmp_path / "out"):
        found.setdefault(name, {})[y, x] = hr.reshape(48, 48, 3)
    halved = shrink(large, 2)  # (65, 50, 3), of which a multiple of 4 is cut
    np.testing.assert_array_equal(found["large.png"][16, 0], halved[16:64, :48])
    as_it_is = {(y, x) for y in grid(128, 48, 4) for x in grid(100, 48, 4)}
    assert set(found["large.png"]) == as_it_is | {(0, 0), (16, 0)}
    assert set(found["small.png"]) == {(y, x) for y in grid(64, 48, 4) for x in grid(100, 48, 4)}  # halved 32 x 50


def test_manifest_says_what_is_there(photos, tmp_path):
    manifest = cut(photos, tmp_path / "out", **SETTINGS)
    text = (tmp_path / "out/manifest.json").read_text()
    assert text == json.dumps(manifest, indent=2, sort_keys=True) + "\n"
    assert manifest["skipped"] == []
    assert (manifest["format"], manifest["scale"], manifest["size"]) == (1, 4, 48)
    assert [shard["file"] for shard in manifest["shards"]] == [f"0000{i}.tfrecord" for i in range(3)]
    for shard in manifest["shards"]:
        data = (tmp_path / "out" / shard["file"]).read_bytes()
        assert shard["bytes"] == len(data)
        assert shard["sha256"] == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(("workers", "backend"), [(1, "threading"), (2, "threading"), (2, "loky"), (-1, "loky")])
def test_shards_are_the_same_for_any_number_of_workers(photos, tmp_path, monkeypatch, workers, backend):
    monkeypatch.setattr(patches, "PHOTOS_A_PROCESS", 1)  # or so few would be cut in this process
    cut(photos, tmp_path / "alone", **SETTINGS)
    cut(photos, tmp_path / "elsewhere/others", **{**SETTINGS, "workers": workers, "backend": backend})
    assert contents(tmp_path / "alone") == contents(tmp_path / "elsewhere/others")


@pytest.mark.slow
def test_shards_are_the_same_from_a_dask_cluster(photos, tmp_path, monkeypatch):
    """Two worker processes and a scheduler, found as on a real cluster: by its address in the environment."""
    pytest.importorskip("distributed", reason="needs a Dask cluster, from requirements-dev.txt")
    import dask
    from distributed import Client, LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", cluster.scheduler_address)
        with dask.config.set(dask.config.collect()):
            cut(photos, tmp_path / "dask/out", **{**SETTINGS, "workers": -1, "backend": "dask"})
        with Client(cluster.scheduler_address) as client:
            did = client.run(lambda dask_worker: len(dask_worker.state.tasks) + dask_worker.state.executed_count)
    assert len(did) == 2
    assert sum(did.values()) >= 3  # shards
    cut(photos, tmp_path / "here", **SETTINGS)
    assert contents(tmp_path / "dask/out") == contents(tmp_path / "here")


def test_few_photographs_start_no_process(photos, tmp_path, monkeypatch):
    asked = []
    original = parallel.joblib.Parallel
    monkeypatch.setattr(
        parallel.joblib, "Parallel", lambda n_jobs, **rest: asked.append(n_jobs) or original(n_jobs, **rest)
    )
    cut(photos, tmp_path / "out", **{**SETTINGS, "workers": 8})
    assert asked == [1]


def test_memory_does_not_grow_with_the_photographs(tmp_path):
    def peak(count: int) -> int:
        folder = tmp_path / f"{count}"
        for i in range(count):
            write_photo(folder / f"{i:03d}.png", 384, 384, seed=i)
        tracemalloc.start()
        cut(folder, tmp_path / f"out{count}", **{**SETTINGS, "photos_per_shard": 4})
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    peak(2)  # imports
    photo = 384 * 384 * 3
    assert peak(40) - peak(8) < photo


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "RGBA", "I;16"])
def test_other_kinds_of_pixels_become_rgb(tmp_path, mode):
    path = tmp_path / "photos/a.png"
    if mode == "I;16":
        path.parent.mkdir()
        Image.fromarray(np.random.default_rng(0).integers(0, 65536, (48, 48), np.uint16)).save(path)
    else:
        write_photo(path, 48, 48, mode)
    cut(tmp_path / "photos", tmp_path / "out", **SETTINGS)
    (pair,) = read_pairs(tmp_path / "out")
    np.testing.assert_array_equal(pair[-1].reshape(48, 48, 3), to_rgb(read_image(path)))
    if mode in ("L", "1", "LA", "I;16"):
        assert np.ptp(pair[-1].reshape(-1, 3).astype(int), axis=1).max() == 0, "grey is no longer grey"


def test_a_backend_that_is_not_installed(photos, tmp_path, monkeypatch):
    monkeypatch.setitem(parallel.CLUSTERS, "ray", ("ray", "no_such_module_as_ray", "register_ray"))
    with pytest.raises(UserError, match=r"patches\.backend is ray.*pip install 'ray'.*loky"):
        cut(photos, tmp_path / "out", **{**SETTINGS, "backend": "ray"})


def test_a_full_disk_leaves_nothing_behind_and_the_old_folder_alone(photos, tmp_path):
    cut(photos, tmp_path / "out", **SETTINGS)
    before = contents(tmp_path / "out")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))  # a write fails as it does on a full disk
    try:
        with pytest.raises(UserError, match=r"out: cannot be written \(File too large\)"):
            cut(photos, tmp_path / "out", **{**SETTINGS, "photos_per_shard": 5})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert contents(tmp_path / "out") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "photos"]


def test_what_a_killed_run_left_is_cleared(photos, tmp_path):
    with temporary_path(tmp_path) as left:
        pass
    left.mkdir()
    (left / "99999.tfrecord").write_text("half")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/old.tfrecord").write_text("old")
    manifest = cut(photos, tmp_path / "out", **SETTINGS)
    assert set(contents(tmp_path / "out")) == {"manifest.json", *(shard["file"] for shard in manifest["shards"])}
    assert not left.exists()
