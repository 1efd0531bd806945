"""What the server answers, to whom, and what is left on its disk."""

import io
import json
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from srgan.data.resize import enlarge
from srgan.inference.enlarger import Enlarger
from srgan.inference.shipped import SHIPPED
from srgan.inference.sizes import Size
from tests.web.conftest import SECONDS, Visitor, smooth
from tests.web_servers import serving


def picture(answer):
    status, data = answer
    assert status == 200, data
    return Image.open(io.BytesIO(data))


def until(condition):
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("asked", "file", "size"),
    [
        ({}, "photo.png", [128, 96]),
        ({"network": "pretrained/vgg", "strength": 0.5}, "photo.png", [128, 96]),
        ({"scale": "", "format": ""}, "photo.png", [128, 96]),  # as the page says that nothing is asked for
        ({"scale": 2, "format": "jpg"}, "photo.jpg", [64, 48]),
        ({"scale": 3, "format": "webp"}, "photo.webp", [96, 72]),
    ],
)
def test_the_download_is_what_upscale_makes(visitor, photo, tmp_path, asked, file, size):
    state, key = visitor.enlarge(photo, **asked)
    assert state["size"] == state["shown"] == size
    made = visitor.ask(f"/pictures/{key}/result")
    assert visitor.headers["Content-Disposition"] == f'attachment; filename="{file}"'
    network = asked.get("network", "pretrained/pretrain").removeprefix("pretrained/")
    enlarger = Enlarger(SHIPPED / network, strength=asked.get("strength", 1), size=Size(asked.get("scale") or None))
    enlarger.enlarge(photo, tmp_path / f"upscaled/{file}")
    assert made[1] == (tmp_path / f"upscaled/{file}").read_bytes()
    assert picture(made).getexif()[0x0110] == "Camera"
    after = picture(visitor.ask(f"/pictures/{key}/after"))
    assert after.size == tuple(size)
    np.testing.assert_array_equal(after.convert("RGB"), picture(made).convert("RGB"))


@pytest.mark.parametrize(("quality", "network"), [(75, "photo"), (95, "pretrain")])
def test_the_server_chooses_for_a_visitor_who_does_not(visitor, tmp_path, quality, network):
    Image.fromarray(smooth(24, 32, 3)).save(tmp_path / "photo.jpg", quality=quality)
    state, key = visitor.enlarge(tmp_path / "photo.jpg", network="auto")
    told = {"network": "Photo", "reason": "a JPEG of quality 75"} if network == "photo" else {"network": "SRResNet"}
    assert {name: state.get(name) for name in told} == told
    assert ("reason" in state) == (network == "photo")
    Enlarger(SHIPPED / network).enlarge(tmp_path / "photo.jpg", tmp_path / "upscaled.png")
    assert visitor.ask(f"/pictures/{key}/result")[1] == (tmp_path / "upscaled.png").read_bytes()


def test_before_is_bicubic(visitor, tmp_path):
    lr = smooth(24, 32, 3)
    Image.fromarray(lr).save(tmp_path / "photo.png")
    _, key = visitor.enlarge(tmp_path / "photo.png")
    before = np.asarray(picture(visitor.ask(f"/pictures/{key}/before"))).astype(int)
    assert np.abs(before - enlarge(lr, 4)).max() <= 2  # of 255: libvips rounds its weights


def test_sixteen_bits_stay_in_the_download_and_are_shown_in_eight(visitor, tmp_path):
    levels = smooth(24, 32).astype(np.uint16) * 257 + 7
    Image.fromarray(levels).save(tmp_path / "scan.tif")
    state, key = visitor.enlarge(tmp_path / "scan.tif")
    assert state["name"] == "scan.tif"
    assert picture(visitor.ask(f"/pictures/{key}/result")).mode == "I;16"
    assert picture(visitor.ask(f"/pictures/{key}/after")).mode == "L"


def test_what_is_of_one_visitor_is_not_there_for_another(server, visitor, photo):
    state, key = visitor.enlarge(photo)
    assert state["state"] == "done"
    for stranger in (Visitor(server.url), Visitor(server.url)):
        assert [cookie.value for cookie in stranger.cookies] != [cookie.value for cookie in visitor.cookies]
        for path in ("", "/result", "/before", "/after"):
            assert stranger.ask(f"/pictures/{key}{path}")[0] == 404
        assert stranger.ask(f"/pictures/{key}", method="DELETE")[0] == 404
    stranger.cookies.clear()
    assert stranger.ask(f"/pictures/{key}/result")[0] == 403
    assert visitor.ask(f"/pictures/{key}/result")[0] == 200


def test_names_are_not_guessed_and_the_cookie_is_for_this_site_and_no_script(visitor, photo):
    keys = {visitor.enlarge(photo)[1] for _ in range(2)}
    assert len(keys) == 2
    assert min(map(len, keys)) >= 22  # 128 bits in base64
    (cookie,) = visitor.cookies
    assert len(cookie.value) >= 22
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite") == "strict"


@pytest.mark.parametrize("path", ["/pictures/x/../../etc/passwd", "/page/../app.py", "/page/%2e%2e/app.py", "/page/"])
def test_no_other_file_is_served(visitor, path):
    assert visitor.ask(path)[0] in (404, 405)


def test_what_is_removed_is_gone_from_the_disk(server, visitor, photo):
    _, key = visitor.enlarge(photo)
    assert [path for path in files(server.files) if key in path.parts]
    assert visitor.ask(f"/pictures/{key}", method="DELETE")[0] == 204
    assert not [path for path in files(server.files) if key in path.parts]
    assert visitor.ask(f"/pictures/{key}")[0] == 404


def test_what_is_removed_while_it_is_enlarged_is_stopped(server, visitor, photo, tmp_path):
    Image.fromarray(smooth(2000, 2000, 3)).save(tmp_path / "large.png")  # minutes of work
    _, answer = visitor.send(tmp_path / "large.png")
    until(lambda: json.loads(visitor.ask(f"/pictures/{answer['key']}")[1])["state"] != "waiting")
    started = time.monotonic()
    assert visitor.ask(f"/pictures/{answer['key']}", method="DELETE")[0] == 204
    assert visitor.enlarge(photo)[0]["state"] == "done"
    assert time.monotonic() - started < 60
    assert not [path for path in files(server.files) if answer["key"] in path.parts]


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("notes.txt", b"no picture", "notes.txt: not a picture"),
        ("empty.jpg", b"", "empty.jpg: the file is empty (0 bytes)"),
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


def test_a_file_that_is_too_long_is_not_kept(server, visitor, tmp_path):
    before = len(files(server.files))
    (tmp_path / "long.tif").write_bytes(bytes(130 * 2**20))
    status, answer = visitor.send(tmp_path / "long.tif")
    assert (status, answer["error"]) == (422, "the file has more than 128 MB, which is the most that is taken")
    assert len(files(server.files)) == before


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


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGHUP])
def test_nothing_is_left_when_the_server_ends(repository, tmp_path, photo, sent):
    with serving(repository, tmp_path, "web") as server:
        Visitor(server.url).enlarge(photo)
        (folder,) = server.files.iterdir()
        assert folder.stat().st_mode & 0o077 == 0  # nobody else of the machine looks in
        server.send_signal(sent)
        assert server.wait(60) == 0
        assert not list(server.files.iterdir())
        assert server.stderr.read() == ""


def test_a_visitor_who_leaves_in_the_middle_leaves_nothing(server, visitor):
    host, port = server.url.removeprefix("http://").split(":")
    before = len(list(server.files.glob("*/*")))
    (cookie,) = visitor.cookies
    with socket.create_connection((host, int(port))) as connection:
        head = f"Host: {host}\r\nCookie: srgan={cookie.value}\r\nContent-Length: 1000000\r\n\r\n"
        connection.sendall(
            f"POST /pictures?name=a.png&network=pretrained/gan HTTP/1.1\r\n{head}".encode() + bytes(5000)
        )
        until(lambda: len(list(server.files.glob("*/*"))) > before)
    until(lambda: len(list(server.files.glob("*/*"))) == before)


def test_pages_of_others_cannot_call_it_by_a_name_of_theirs_nor_frame_it(visitor):
    assert visitor.ask("/", Host="elsewhere.example")[0] == 400
    assert visitor.ask("/")[0] == 200
    policy = visitor.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://127.0.0.1:9999"},  # another server of this machine, whose pages send this one's cookie
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_pages_of_others_cannot_send_or_remove_a_picture(visitor, photo, headers):
    said = "this is for the page of this server alone; a server in front of it must pass on the header Host"
    status, answer = visitor.send(photo, headers=headers)
    assert (status, answer["error"]) == (403, said)
    _, key = visitor.enlarge(photo)
    status, answer = visitor.ask(f"/pictures/{key}", method="DELETE", **headers)
    assert (status, json.loads(answer)["error"]) == (403, said)
    assert visitor.ask(f"/pictures/{key}")[0] == 200


def test_its_own_page_can_send_also_through_a_server_that_encrypts(visitor, photo):
    assert visitor.send(photo, headers={"Origin": visitor.url})[0] == 201
    encrypted = {"Origin": "https://pictures.example", "Sec-Fetch-Site": "same-origin"}
    assert visitor.send(photo, headers=encrypted)[0] == 201


def test_a_cookie_that_is_not_of_this_server_is_of_a_stranger(visitor, photo):
    _, key = visitor.enlarge(photo)
    for cookie in ("srgan=é", "srgan=\x80", "srgan="):
        status, answer = visitor.ask(f"/pictures/{key}", Cookie=cookie)
        assert (status, json.loads(answer)["error"].partition(":")[0]) == (404, "this picture is no longer here")


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


def test_the_networks_of_the_box_and_of_the_project(repository, tmp_path):
    for name in ("gan", "mine"):
        (tmp_path / "models" / name).mkdir(parents=True)
        (tmp_path / "models" / name / "model.json").write_text("{}")
    with serving(repository, tmp_path, "web") as server:
        found = json.loads(Visitor(server.url).ask("/networks")[1])
    box = [f"pretrained/{stage}" for stage in ("gan", "photo", "vgg", "wgan")]
    names = ["auto", "pretrained/pretrain", "models/gan", "models/mine", *box]
    assert [network["name"] for network in found] == names
    assert [network["name"] for network in found if not network["mixes"]] == names[:2]
    assert found[0]["title"] == "Automatic: Photo for JPEGs of a quality below 90, else SRResNet"
    assert found[3]["title"] == "mine (yours, models/mine)"


def test_nothing_of_the_training_is_imported(repository):
    code = "import srgan.web.app, srgan.web.worker, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"tensorflow", "keras", "mlflow", "dvc", "pandas", "scipy", "matplotlib"}


def test_no_answer_is_kept_by_the_browser(visitor, photo):
    """What a visitor removes is then nowhere."""
    _, key = visitor.enlarge(photo)
    for path in ("/", f"/pictures/{key}", f"/pictures/{key}/result", f"/pictures/{key}/before"):
        assert visitor.ask(path)[0] == 200
        assert visitor.headers["Cache-Control"] == "no-store", path
