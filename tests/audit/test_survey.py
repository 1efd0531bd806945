"""Every photograph is measured once, by any number of workers alike, and copies are found across sets."""

import pytest

from srgan.audit import survey as module
from srgan.audit.survey import survey
from srgan.errors import UserError
from srgan.sources import parallel
from tests.audit.conftest import HOSTILE


def test_all_are_there_in_the_order_of_names(audited):
    names = [photograph.name for photograph in audited.train.photographs]
    assert names == sorted(names)
    assert len(names) == 13
    assert [each.name for each in audited.train.unreadable] == ["cut.jpg", "text.jpg"]


def test_copies_within_and_across_sets(audited):
    names = [photograph.name for photograph in audited.train.photographs]
    groups = [[names[index] for index in group] for group in audited.duplicates]
    assert groups == [["00.jpg", "sub/again.png"], ["11.jpg", HOSTILE]]
    (leak,) = audited.leaks["mine"]
    assert names[leak.trained] == "leak.jpg"
    assert audited.benchmarks[0].photographs[leak.measured].name == "cat.png"


@pytest.mark.parametrize(("workers", "backend"), [(2, "loky"), (3, "threading"), (-1, "threading")])
def test_by_any_workers(audited, folders, monkeypatch, workers, backend):
    monkeypatch.setattr(module, "PHOTOS_A_PROCESS", 1)  # or so few would be measured in this process
    assert survey("train", folders / "train", 10**6, workers, backend) == audited.train


def test_a_bomb_counts_as_unreadable(folders):
    found = survey("mine", folders / "benchmark", 451 * 300, 1, "loky")
    assert [photograph.name for photograph in found.photographs] == ["cat.png"]
    assert "data.max_pixels" in found.unreadable[0].reason


def test_a_backend_that_is_not_installed(folders, monkeypatch):
    monkeypatch.setitem(parallel.CLUSTERS, "ray", ("ray", "no_such_module_as_ray", "f"))
    with pytest.raises(UserError, match=r"patches\.backend is ray"):
        survey("mine", folders / "benchmark", 10**6, 1, "ray")
