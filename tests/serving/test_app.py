"""The server as programs use it: results, refusals, a crash, and what is left."""

import json
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

import numpy as np
import psutil
import pytest
from PIL import Image
from prometheus_client.parser import text_string_to_metric_families

from srgan.inference.enlarger import Enlarger
from srgan.inference.shipped import SHIPPED
from srgan.models.stored import read_model
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


def test_health_says_what_is_served(client):
    model = read_model(SHIPPED / "gan")
    about = {"stage": "gan", "sha256": model["sha256"]["generator"], "places": 3, "taken": 0}
    assert client.health() == (200, about)
    assert client.figure("srgan_network", about["sha256"], "gan") == 1


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "the picture: the file is empty (0 bytes)"),
        (b"hello", "the picture: not a picture that can be read"),
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
            assert json.loads(body)["error"] == "3 pictures wait already; try again later"
    assert client.health()[1]["taken"] == 0
    assert not list(server.files.glob("srgan-serve-*"))


def test_a_sender_who_leaves_gives_the_place_back(client, server):
    host, port = client.host.split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(f"POST /enlarge HTTP/1.1\r\nHost: {host}\r\nContent-Length: 99999\r\n\r\nsome".encode())
        until(lambda: client.health()[1]["taken"] == 1)
    until(lambda: client.health()[1]["taken"] == 0)
    assert not list(server.files.glob("srgan-serve-*"))
    assert client.figure("srgan_requests_total", "499") >= 1


def test_one_who_does_not_wait_for_the_result_costs_no_work(client, tmp_path):
    long, short = picture(tmp_path, 240, 240), picture(tmp_path, 24, 24)
    host, port = client.host.split(":")
    with ThreadPoolExecutor(1) as pool:
        before = client.figure("srgan_requests_total", "499"), client.figure("srgan_lr_pixels_total")
        waiting = pool.submit(client.enlarge, long)
        until(lambda: client.health()[1]["taken"] == 1)
        with socket.create_connection((host, int(port))) as connection:
            head = f"POST /enlarge HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(short)}\r\n\r\n"
            connection.sendall(head.encode() + short)
            until(lambda: client.health()[1]["taken"] == 2)
        assert waiting.result()[0] == 200
    until(lambda: client.health()[1]["taken"] == 0)
    after = client.figure("srgan_requests_total", "499"), client.figure("srgan_lr_pixels_total")
    assert (after[0] - before[0], after[1] - before[1]) == (1, 240 * 240)


def test_a_picture_that_kills_the_process_costs_no_other(client, server, tmp_path):
    (process,) = psutil.Process(server.pid).children()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(client.enlarge, picture(tmp_path, 400, 400))
        until(lambda: client.health()[1]["taken"] == 1)
        second = pool.submit(client.enlarge, picture(tmp_path, 24, 24))
        until(lambda: client.health()[1]["taken"] == 2)
        time.sleep(0.5)  # until the first is in the process
        process.kill()
        status, _, body = first.result()
        assert status == 500
        assert json.loads(body)["error"].startswith("the server gave up; the picture may be damaged")
        assert second.result()[0] == 200
    assert client.figure("srgan_worker_deaths_total") == 1
    assert client.health()[0] == 200


def test_a_foreign_name_is_refused(client):
    assert client.ask("GET", "/health", Host="elsewhere.example")[0] == 400
    assert client.ask("GET", "/enlarge")[0] == 405


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_process_ends_with_the_server(repository, tmp_path, sent):
    with serving(repository, tmp_path, "serve") as server:
        (process,) = psutil.Process(server.pid).children()
        server.send_signal(sent)
        server.wait(SECONDS)
        process.wait(SECONDS)
        if sent == signal.SIGINT:
            assert (server.returncode, server.stderr.read()) == (0, "")


def test_nothing_of_the_training_is_imported(repository):
    code = "import srgan.serving.app, srgan.serving.worker, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"tensorflow", "keras", "mlflow", "dvc", "pandas", "scipy", "matplotlib"}
