"""What the server refuses, and the sentence that a visitor gets."""

import json
import signal

import pytest
from PIL import Image

from tests.pictures import smooth
from tests.web.conftest import Visitor
from tests.web_servers import serving


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("notes.txt", b"no picture", "notes.txt: not a picture"),
        ("empty.jpg", b"", "empty.jpg: the file is empty"),
        ("<b>.png", b"\x89PNG\r\n\x1a\n", "<b>.png: not a picture that can be read"),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", "drawing.svg: not a pict"),
        ("../../up.png", b"no picture", "up.png: not a picture"),
    ],
)
def test_wrong_files_get_a_sentence_that_names_them_and_no_path(server, visitor, tmp_path, name, data, sentence):
    (tmp_path / "sent").write_bytes(data)
    state, _ = visitor.enlarge(tmp_path / "sent", name=name)
    assert state["state"] == "failed"
    assert state["error"].startswith(sentence)
    assert str(server.files) not in state["error"]


def test_wrong_requests_get_a_sentence(visitor, photo):
    status, answer = visitor.send(photo, network="../../etc")
    assert (status, answer["error"]) == (422, "../../etc: no such network here; reload the page, which lists them")
    status, answer = visitor.send(photo, scale="nan")
    assert (status, answer["error"]) == (422, "scale: 'nan' is not a number from 0.1 to 16")
    state, _ = visitor.enlarge(photo, scale=5)
    assert state["error"] == (
        "5 times the size is asked for, and the network pretrain enlarges 4 times at most; enlarge the result again"
    )
    state, _ = visitor.enlarge(photo, strength=0.5)
    assert "mixes a network with SRResNet" in state["error"]
    visitor.cookies.clear()
    status, answer = visitor.send(photo)
    assert status == 403
    assert "cookie" in answer["error"]


@pytest.mark.slow
def test_the_queue_is_bounded(repository, tmp_path):
    Image.fromarray(smooth(2000, 2000, 3)).save(tmp_path / "large.png")  # minutes of work
    with serving(repository, tmp_path, "web") as server:
        visitor = Visitor(server.url)
        answers = [visitor.send(tmp_path / "large.png") for _ in range(9)]
        assert [status for status, _ in answers] == 8 * [201] + [503]
        assert answers[8][1]["error"] == "large.png: no place is free (8 pictures are here); try again in some minutes"
        states = [json.loads(visitor.ask(f"/pictures/{answer['key']}")[1]) for _, answer in answers[:8]]
        assert [state.get("ahead", 0) for state in states[1:]] == list(range(1, 8))
        assert visitor.ask(f"/pictures/{answers[3][1]['key']}", method="DELETE")[0] == 204
        assert visitor.send(tmp_path / "large.png")[0] == 201


def test_a_full_disk_is_a_sentence_and_takes_no_place(repository, tmp_path, photo):
    """Where a folder for the picture is not to be had."""
    with serving(repository, tmp_path, "web") as server:
        visitor = Visitor(server.url)
        (folder,) = server.files.iterdir()
        moved = folder.rename(tmp_path / "moved")
        folder.write_text("no folder")
        for _ in range(9):
            status, answer = visitor.send(photo)
            assert status == 503
            assert answer["error"].startswith("the server has no room or no right to store the picture (")
            assert str(folder) not in answer["error"]
        folder.unlink()
        moved.rename(folder)
        assert visitor.enlarge(photo)[0]["state"] == "done"


def test_what_nobody_expected_is_a_sentence_and_logged(repository, tmp_path, photo):
    with serving(repository, tmp_path, "web") as server:
        visitor = Visitor(server.url)
        _, key = visitor.enlarge(photo)
        (server.files / next(server.files.iterdir()) / key / "after.png").unlink()
        status, answer = visitor.ask(f"/pictures/{key}/after")
        assert (status, json.loads(answer)) == (500, {"error": "the server failed; its log says why"})
        server.send_signal(signal.SIGINT)
        server.wait(60)
        log = server.stderr.read()
        assert "Traceback" in log
        assert "after.png" in log
