"""The server as programs use it: results, refusals, a crash, and what is left."""

import asyncio
import io
import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPConnection

import numpy as np
import psutil
import pytest
from PIL import Image
from prometheus_client.parser import text_string_to_metric_families

from srgan.atomic import MARK
from srgan.data.appearance import appearance
from srgan.inference.enlarger import Enlarger
from srgan.inference.shipped import SHIPPED
from srgan.models.stored import read_model
from srgan.serving import app
from tests.web_servers import serving

SECONDS = 120  # on a busy machine


class Client:
    """A program that calls the server."""

    def __init__(self, server):
        self.host = server.url.removeprefix("http://")

    def ask(self, method, path, data=None, **headers):
        """Status, headers and body of an answer."""
        connection = HTTPConnection(self.host, timeout=SECONDS)
        connection.request(method, path, data, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()

    def enlarge(self, data):
        """Status, headers and body of the answer to a picture."""
        return self.ask("POST", "/enlarge", data)

    def health(self):
        """Status of the server, and what it says of itself."""
        status, _, text = self.ask("GET", "/health")
        return status, json.loads(text)

    def figure(self, name, *labels):
        """One of Prometheus' figures; 0 where it is not there."""
        families = text_string_to_metric_families(self.ask("GET", "/metrics")[2].decode())
        found = {(each.name, *each.labels.values()): each.value for family in families for each in family.samples}
        return found.get((name, *labels), 0)


def picture(folder, height, width):
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    Image.fromarray(pixels).save(folder / "picture.png")
    return (folder / "picture.png").read_bytes()


def until(condition):
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture(scope="module")
def server(repository, tmp_path_factory):
    folder = tmp_path_factory.mktemp("serve")
    with serving(repository, folder, "serve", "--model", "pretrained/gan", "--places", "3") as running:
        yield running


@pytest.fixture
def client(server):
    return Client(server)


def test_the_answer_is_what_upscale_makes(client, tmp_path):
    before = client.figure("srgan_requests_total", "200"), client.figure("srgan_lr_pictures")
    status, headers, body = client.enlarge(picture(tmp_path, 24, 32))
    assert (status, headers["Content-Type"]) == (200, "image/png")
    Enlarger(SHIPPED / "gan").enlarge(tmp_path / "picture.png", tmp_path / "upscaled.png")
    assert body == (tmp_path / "upscaled.png").read_bytes()
    after = client.figure("srgan_requests_total", "200"), client.figure("srgan_lr_pictures")
    assert after == (before[0] + 1, before[1] + 1)


@pytest.mark.parametrize("pages", [1, 3])
def test_a_header_says_of_how_many_pages_one_is_enlarged(client, tmp_path, pages):
    scans = [Image.new("L", (12, 8), 50 * page) for page in range(pages)]
    scans[0].save(tmp_path / "scans.tif", save_all=True, append_images=scans[1:])
    status, headers, body = client.enlarge((tmp_path / "scans.tif").read_bytes())
    assert (status, headers["X-SRGAN-Pages"]) == (200, str(pages))
    assert Image.open(io.BytesIO(body)).size == (48, 32)


def test_health_says_what_is_served(client):
    sha256 = read_model(SHIPPED / "gan")["sha256"]["generator"]
    about = {"network": "pretrained/gan", "strength": "1", "sha256": sha256, "places": 3, "taken": 0}
    assert client.health() == (200, about)
    assert client.figure("srgan_network", "pretrained/gan", sha256, "1") == 1


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "the picture: the file is empty (0 bytes)"),
        (b"hello", "the picture: not a picture; it must be PNG, JPEG"),
        (b"\x89PNG\r\n\x1a\n", "the picture: not a picture that can be read"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", "the picture: not a picture"),
    ],
)
def test_what_is_no_picture_is_a_sentence(client, server, data, sentence):
    status, _, body = client.enlarge(data)
    assert status == 422
    assert json.loads(body)["error"].startswith(sentence)
    assert str(server.files) not in body.decode()


def test_a_bomb_is_not_decoded(client, tmp_path):
    Image.new("1", (8000, 8000)).save(tmp_path / "bomb.png")
    status, _, body = client.enlarge((tmp_path / "bomb.png").read_bytes())
    assert status == 422
    assert "the picture: more than 16 million pixels" in json.loads(body)["error"]


def test_forms_parameters_and_pages_of_browsers_are_told_what_to_do(client):
    status, _, body = client.ask("POST", "/enlarge", b"--x", **{"Content-Type": "multipart/form-data; boundary=x"})
    assert (status, json.loads(body)["error"].partition(":")[0]) == (415, "send the file alone as the body")
    status, _, body = client.ask("POST", "/enlarge", b"", Origin="http://elsewhere.example")
    assert (status, json.loads(body)["error"].partition(";")[0]) == (403, "this server is for programs")
    status, _, body = client.ask("POST", "/enlarge?scale=2", b"")
    assert status == 400
    assert json.loads(body)["error"].startswith("/enlarge has no parameters (scale)")
    large = bytes(20_000_000)  # who still sends reads no answer
    assert client.ask("POST", "/enlarge?scale=2", large)[0] == 400
    assert client.ask("POST", "/enlarge", large, Origin="http://elsewhere.example")[0] == 403
    assert client.ask("POST", "/enlarge", large, **{"Content-Type": "multipart/form-data; boundary=x"})[0] == 415
    assert client.ask("GET", "/health", Host="elsewhere.example")[0] == 400


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PUT", "/enlarge", 405),  # as curl -T does
        ("GET", "/enlarge", 405),
        ("POST", "/health", 405),
        ("POST", "/enlarge/", 404),
        ("PUT", "/enlarge/photo.jpg", 404),
        ("GET", "/", 404),
    ],
)
def test_what_is_not_answered_is_told_what_is(client, method, path, status):
    data = bytes(20_000_000) if method != "GET" else None  # who still sends reads no answer
    answered, headers, body = client.ask(method, path, data)
    said = f"{method} {path} is not answered; send the picture by POST to /enlarge, or GET /health or /metrics"
    assert (answered, json.loads(body)) == (status, {"error": said})
    assert ("Allow" in headers) == (status == 405)


def test_more_pictures_than_places_are_told_when_to_come_again(client, server, tmp_path):
    data = picture(tmp_path, 96, 96)
    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda _: client.enlarge(data), range(24)))
    statuses = [status for status, *_ in answers]
    assert set(statuses) == {200, 503}
    assert statuses.count(200) >= 3
    for status, headers, body in answers:
        if status == 503:
            assert int(headers["Retry-After"]) >= 1
            assert json.loads(body)["error"] == "no place is free (3 pictures are here); try again later"
    until(lambda: empty(client, server))


def test_whoever_has_an_answer_has_given_the_place_back(repository, tmp_path):
    with serving(repository, tmp_path, "serve", "--places", "1") as server:
        client, data = Client(server), picture(tmp_path, 12, 12)
        assert [client.enlarge(data)[0] for _ in range(12)] == [200] * 12


def empty(client, server):
    """Whether no place is taken and no file left."""
    return client.health()[1]["taken"] == 0 and not list(server.files.glob("srgan-serve-*"))


def send_and_leave(client, head, body, condition):
    """Send a picture, wait for the condition, and close the connection."""
    host, port = client.host.split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(f"POST /enlarge HTTP/1.1\r\nHost: {host}\r\n{head}\r\n\r\n".encode() + body)
        until(condition)


def test_a_sender_who_leaves_gives_the_place_back(client, server):
    send_and_leave(client, "Content-Length: 99999", b"some", lambda: client.health()[1]["taken"] == 1)
    until(lambda: empty(client, server))
    assert client.figure("srgan_requests_total", "499") >= 1


def test_one_who_does_not_wait_for_the_result_costs_no_work_and_no_place(client, server, tmp_path):
    long, short = picture(tmp_path, 400, 400), picture(tmp_path, 24, 24)
    with ThreadPoolExecutor(1) as pool:
        before = client.figure("srgan_requests_total", "499"), client.figure("srgan_lr_pixels_total")
        working = pool.submit(client.enlarge, long)
        until(lambda: in_work(server))
        send_and_leave(client, f"Content-Length: {len(short)}", short, lambda: client.health()[1]["taken"] == 2)
        until(lambda: client.health()[1]["taken"] == 1)
        assert not working.done()
        assert working.result()[0] == 200
    until(lambda: empty(client, server))
    after = client.figure("srgan_requests_total", "499"), client.figure("srgan_lr_pixels_total")
    assert (after[0] - before[0], after[1] - before[1]) == (1, 400 * 400)


def in_work(server):
    """Whether a picture is being enlarged: the target's temporary file is there, or the target."""
    return any(path.name.startswith((MARK, "enlarged")) for path in server.files.glob("srgan-serve-*/*"))


def process_of(server):
    """The process that holds the network."""
    (process,) = psutil.Process(server.pid).children()
    return process


def test_a_picture_that_kills_the_process_costs_no_other(client, server, tmp_path):
    deaths = client.figure("srgan_worker_deaths_total")
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(client.enlarge, picture(tmp_path, 400, 400))
        until(lambda: in_work(server))
        second = pool.submit(client.enlarge, picture(tmp_path, 24, 24))
        until(lambda: client.health()[1]["taken"] == 2)
        process_of(server).kill()
        status, _, body = first.result()
        assert status == 500
        assert json.loads(body)["error"].startswith("the process that enlarges ended at this picture; the file may be")
        assert second.result()[0] == 200
    assert client.figure("srgan_worker_deaths_total") == deaths + 1
    assert client.health()[0] == 200


def test_a_process_that_ends_while_nobody_asks_is_replaced(client, server):
    deaths = client.figure("srgan_worker_deaths_total")
    process_of(server).kill()
    until(lambda: client.figure("srgan_worker_deaths_total") == deaths + 1)
    until(lambda: client.health()[0] == 200)


def test_a_network_that_is_another_one_after_a_restart_is_not_served(repository, tmp_path):
    shutil.copytree(SHIPPED / "gan", tmp_path / "net")
    with ThreadPoolExecutor(1) as pool, serving(repository, tmp_path, "serve", "--model", "net") as server:
        client = Client(server)
        shutil.rmtree(tmp_path / "net")
        shutil.copytree(SHIPPED / "pretrain", tmp_path / "net")
        process_of(server).kill()
        said = pool.submit(server.stderr.readline).result(SECONDS)
        assert said.startswith("the network cannot be loaded again: the network's folder has other weights than when ")
        assert said.endswith("; restart the server\n")
        assert client.health()[0] == 503
        shutil.rmtree(tmp_path / "net")
        shutil.copytree(SHIPPED / "gan", tmp_path / "net")
        until(lambda: client.health()[0] == 200)
        assert client.enlarge(picture(tmp_path, 12, 12))[0] == 200


def test_a_full_disk_is_the_server_s_fault(client, server, tmp_path):
    """Where a folder for the result is not to be had."""
    mode = server.files.stat().st_mode
    data = picture(tmp_path, 12, 12)
    moved = server.files.rename(server.files.with_name("moved"))
    server.files.write_text("no folder")
    try:
        status, headers, body = client.enlarge(data)
    finally:
        server.files.unlink()
        moved.rename(server.files)
    assert server.files.stat().st_mode == mode
    assert status == 503
    assert int(headers["Retry-After"]) >= 1
    assert json.loads(body)["error"].startswith("the server has no room or no right to store the picture")


def test_a_result_that_finds_no_room_is_told_to_try_again_and_logged(repository, tmp_path):
    """As on a full disk: the process may write files of 1,000 bytes only."""
    with serving(repository, tmp_path, "serve") as server:
        process_of(server).rlimit(psutil.RLIMIT_FSIZE, (1000, psutil.RLIM_INFINITY))
        status, headers, body = Client(server).enlarge(picture(tmp_path, 12, 12))
        said = {"error": "the server has no room for the result; try again later"}
        assert (status, json.loads(body)) == (503, said)
        assert int(headers["Retry-After"]) >= 1
        server.terminate()
        server.wait(SECONDS)
        logged = server.stderr.read()
    assert f"{server.files}/srgan-serve-" in logged
    assert "File too large" in logged


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_picture_in_work_is_finished_when_the_server_stops(repository, tmp_path, sent):
    with serving(repository, tmp_path, "serve") as server, ThreadPoolExecutor(2) as pool:
        client, process = Client(server), process_of(server)
        first = pool.submit(client.enlarge, picture(tmp_path, 300, 300))
        until(lambda: in_work(server))
        second = pool.submit(client.enlarge, picture(tmp_path, 24, 24))
        until(lambda: client.health()[1]["taken"] == 2)
        server.send_signal(sent)
        status, headers, body = second.result()
        assert (status, json.loads(body)["error"]) == (503, "the server is stopping; send the picture again")
        assert "Retry-After" in headers
        assert first.result()[0] == 200
        server.wait(SECONDS)
        process.wait(SECONDS)
        assert server.stderr.read() == ""
        assert not list(server.files.iterdir())


@pytest.mark.parametrize("command", ["serve", "web"])
def test_who_cannot_wait_for_the_end_gets_it_without_a_traceback(repository, tmp_path, command):
    with serving(repository, tmp_path, command) as server, socket.socket() as client:
        Client(server).ask("GET", "/")  # it takes signals from when it answers
        host, port = server.url.removeprefix("http://").split(":")
        client.connect((host, int(port)))  # open, so that the server waits for its end
        client.sendall(b"POST /enlarge HTTP/1.1\r\nHost: " + host.encode() + b"\r\nContent-Length: 9\r\n\r\n1")
        time.sleep(0.2)
        for _ in range(2):
            server.send_signal(signal.SIGINT)
            time.sleep(0.1)
        server.wait(SECONDS)
        assert server.stderr.read() in ("", "interrupted\n")


def test_the_process_ends_with_a_server_that_is_killed_in_the_middle_of_a_picture(repository, tmp_path):
    with serving(repository, tmp_path, "serve") as server, ThreadPoolExecutor(1) as pool:
        client, process = Client(server), process_of(server)
        pool.submit(client.enlarge, picture(tmp_path, 600, 600))
        until(lambda: in_work(server))
        server.kill()
        server.wait(SECONDS)
        process.wait(5)  # the picture takes longer


def test_a_client_that_does_not_read_the_result_gives_the_place_back(tmp_path, monkeypatch):
    monkeypatch.setattr(app, "STALLED", 0.1)
    (tmp_path / "enlarged.png").write_bytes(bytes(1000))
    left = []

    async def never(*_):
        await asyncio.Event().wait()

    with ExitStack() as place:
        place.callback(left.append, True)
        result = app.Result(tmp_path / "enlarged.png", 1, place.pop_all())
    asyncio.run(result({"type": "http", "method": "GET", "headers": []}, never, never))  # and raises nothing
    assert left == [True]


def test_nothing_of_the_training_is_imported(repository):
    code = "import srgan.serving.app, srgan.serving.worker, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"tensorflow", "keras", "mlflow", "dvc", "pandas", "scipy", "matplotlib"}


def test_crops_of_the_training_s_size_are_measured(repository, tmp_path):
    """A 48 x 48 picture has one crop of 48, and would have sixteen of 24 with other figures."""
    shutil.copytree(SHIPPED / "gan", tmp_path / "net")
    model = json.loads((tmp_path / "net/model.json").read_text())
    model["lr"]["side"] = 48
    (tmp_path / "net/model.json").write_text(json.dumps(model))
    with serving(repository, tmp_path, "serve", "--model", "net") as server:
        client = Client(server)
        assert client.enlarge(picture(tmp_path, 48, 48))[0] == 200
        expected = appearance(np.asarray(Image.open(tmp_path / "picture.png")))
        for name, value in expected.items():
            assert client.figure("srgan_lr_median", name) == float(f"{value:.4g}")


def test_the_time_of_a_refusal_is_not_among_those_of_results(client, tmp_path):
    client.enlarge(picture(tmp_path, 12, 12))
    before = client.figure("srgan_request_seconds_count")
    assert client.enlarge(b"hello")[0] == 422
    assert client.figure("srgan_request_seconds_count") == before
    assert client.enlarge(picture(tmp_path, 12, 12))[0] == 200
    assert client.figure("srgan_request_seconds_count") == before + 1
