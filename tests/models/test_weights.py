"""Networks on disk: they come back the same, and what is not theirs is refused."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from srgan.data.images import read_image, write_png
from srgan.errors import UserError
from srgan.models import stored
from srgan.models.generator import build_generator
from srgan.models.normalisation import refresh_reference, set_reference
from srgan.models.upscaler import upscaler
from srgan.models.weights import load_generator, save_networks

SPEC = {"scale": 4, "blocks": 1, "filters": 8, "norm": "batch", "skip": "none"}


def trained(**changes):
    spec = SPEC | changes
    network = build_generator(**spec)
    rng = np.random.default_rng(0)
    set_reference(network, rng.uniform(size=(3, 6, 6, 3)))
    for weight in network.trainable_variables:
        weight.assign(weight + rng.normal(0, 0.05, weight.shape))
    network(rng.uniform(size=(2, 6, 6, 3)), training=True)
    refresh_reference(network)
    return network, spec


def save(folder, network, spec):
    save_networks(folder, {"generator": network}, {"generator": spec, "trained": {"stage": "test"}})


READ_IN_ANOTHER_PROCESS = """
import sys
from pathlib import Path
from srgan.data.images import read_image, write_png
from srgan.models.weights import load_generator
from srgan.models.upscaler import upscaler
write_png(Path(sys.argv[3]), upscaler(load_generator(Path(sys.argv[1])))(read_image(sys.argv[2])))
"""


@pytest.mark.parametrize("norm", ["batch", "virtual"])
def test_another_process_makes_the_same_bytes_of_any_size(tmp_path, repository, norm):
    network, spec = trained(norm=norm, reference=(3, 6, 6, 3) if norm == "virtual" else None)
    save(tmp_path / "model", network, spec)
    lr = np.random.default_rng(1).integers(0, 256, (11, 17, 3), dtype=np.uint8)
    write_png(tmp_path / "lr.png", lr)
    arguments = [str(tmp_path / name) for name in ("model", "lr.png", "sr.png")]
    subprocess.run([sys.executable, "-c", READ_IN_ANOTHER_PROCESS, *arguments], cwd=repository, check=True)
    np.testing.assert_array_equal(read_image(tmp_path / "sr.png"), upscaler(network)(lr))


def test_saving_twice_gives_the_same_bytes(tmp_path):
    network, spec = trained()
    save(tmp_path / "a", network, spec)
    save(tmp_path / "b", network, spec)
    for name in ("generator.weights.h5", "model.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_an_untrained_stage_says_what_to_run(tmp_path):
    with pytest.raises(UserError, match=r"gan/model\.json: no such file; train the stage first, with `dvc repro gan`"):
        load_generator(tmp_path / "gan")


@pytest.mark.parametrize("change", [{"filters": 16}, {"blocks": 2}, {"norm": "none"}, {"scale": 8}, {"scale": 3}])
def test_weights_of_another_architecture_are_refused(tmp_path, change):
    network, spec = trained()
    save(tmp_path / "model", network, spec)
    model = json.loads((tmp_path / "model/model.json").read_text())
    model["generator"] |= change
    (tmp_path / "model/model.json").write_text(json.dumps(model))
    with pytest.raises(UserError, match=r"generator\.weights\.h5: not the weights of the generator in model\.json"):
        load_generator(tmp_path / "model")


def test_a_damaged_weights_file_is_refused(tmp_path):
    network, spec = trained()
    save(tmp_path / "model", network, spec)
    path = tmp_path / "model/generator.weights.h5"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(UserError, match=r"generator\.weights\.h5: damaged \(its sha256 is not the one in model\.json"):
        load_generator(tmp_path / "model")


@pytest.mark.parametrize("changes", [{}, {"blocks": 16, "filters": 4}, {"blocks": 1, "filters": 64}])
def test_the_room_that_is_made_sure_of_is_enough(tmp_path, monkeypatch, changes):
    """HDF5 takes the process down where a disk is full, so that the file must fit is known before it is written."""
    reserved = []
    monkeypatch.setattr(stored, "reserve", lambda _, size: reserved.append(size))
    network, spec = trained(**changes)
    save(tmp_path / "model", network, spec)
    written = sum(path.stat().st_size for path in (tmp_path / "model").iterdir())
    assert written < reserved[0] < 3 * written


def test_a_full_disk_is_a_sentence_and_keeps_the_weights_before(disk):
    place = disk("size=512k")
    network, spec = trained()
    save(place / "model", network, spec)
    before = {path.name: path.read_bytes() for path in (place / "model").iterdir()}
    room = os.statvfs(place).f_bavail * os.statvfs(place).f_frsize
    (place / "filler").write_bytes(bytes(room - 8192))
    with pytest.raises(UserError, match=r"model: cannot be written \(No space left on device\)"):
        save(place / "model", network, spec)
    assert {path.name: path.read_bytes() for path in (place / "model").iterdir()} == before
    assert sorted(path.name for path in place.iterdir()) == ["filler", "model"]
    (place / "filler").unlink()
    save(place / "model", network, spec)
    assert {path.name: path.read_bytes() for path in (place / "model").iterdir()} == before


def test_a_network_without_its_digest_is_refused(tmp_path):
    network, spec = trained()
    save(tmp_path / "model", network, spec)
    (tmp_path / "model/model.json").write_text(json.dumps({"generator": spec}))
    with pytest.raises(UserError, match=r"model\.json: describes no generator with its sha256; train the stage again"):
        load_generator(tmp_path / "model")


def test_a_disk_with_room_for_a_half_is_a_sentence_and_not_a_crash(disk):
    place = disk("size=1m")
    spec = {"scale": 4, "blocks": 1, "filters": 64, "norm": "batch", "skip": "none"}  # 640,000 weights: 2.6 MB
    with pytest.raises(UserError, match=r"cannot be written \(No space left on device\)"):
        save_networks(place / "gan", {"generator": build_generator(**spec)}, {"generator": spec})
