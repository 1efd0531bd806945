"""What the process of one picture says at its end."""

import json
import resource

import pytest
from PIL import Image

from srgan.errors import UnwritableError
from srgan.inference.shipped import SHIPPED
from srgan.web import worker
from srgan.web.wish import Wish
from tests.pictures import smooth


@pytest.fixture
def ended(tmp_path, capsys):
    """A function that enlarges a picture of this name in `tmp_path`; returns what is said last."""

    def run(name):
        worker.enlarge(tmp_path / name, "mine.png", Wish(SHIPPED / "pretrain"))
        return json.loads(capsys.readouterr().out.splitlines()[-1])

    return run


def no_room_for_views(folder, _):
    (folder / "before.png").mkdir()


def no_room_for_the_result(_, monkeypatch):
    def full(*_):
        raise UnwritableError("enlarged/picture.png: cannot be written (the disk is full)")

    monkeypatch.setattr(worker.Enlarger, "enlarge", full)


@pytest.mark.parametrize(
    ("fill", "reason"), [(no_room_for_views, "Is a directory"), (no_room_for_the_result, "the disk is full")]
)
def test_who_finds_no_room_gets_a_sentence_and_the_log_the_reason(ended, tmp_path, monkeypatch, caplog, fill, reason):
    Image.fromarray(smooth(12, 16, 3)).save(tmp_path / "picture.png")
    fill(tmp_path, monkeypatch)
    said = "mine.png: the server has no room for the result; try again later"
    assert ended("picture.png") == {"state": "failed", "error": said, "again": True}
    assert str(tmp_path) in caplog.messages[-1]
    assert reason in caplog.messages[-1]


def test_a_network_that_finds_no_room_is_no_fault_of_the_picture_either(ended, tmp_path, caplog):
    Image.fromarray(smooth(12, 16, 3)).save(tmp_path / "picture.png")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        state = ended("picture.png")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert state["error"] == "mine.png: the server has no room for the result; try again later"
    assert caplog.messages == [f"no room for a result in {tmp_path}: [Errno 27] File too large"]


def test_a_decoder_s_words_are_for_the_log_alone(ended, tmp_path, caplog):
    Image.fromarray(smooth(48, 64, 3)).save(tmp_path / "picture.png")
    whole = (tmp_path / "picture.png").read_bytes()
    (tmp_path / "picture.png").write_bytes(whole[: len(whole) * 2 // 3])
    assert ended("picture.png") == {"state": "failed", "error": "mine.png: damaged or cut short"}
    assert "(vipspng: libpng read error)" in caplog.messages[-1]


@pytest.mark.parametrize("pages", [1, 3])
def test_pages_and_frames_are_counted(ended, tmp_path, pages):
    scans = [Image.fromarray(smooth(12, 16, 3))] * pages
    scans[0].save(tmp_path / "picture.tif", save_all=True, append_images=scans[1:])
    assert ended("picture.tif")["pages"] == pages
