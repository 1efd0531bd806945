"""The server as programs use it: results, refusals and figures."""

import io
import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from srgan.data.appearance import appearance
from srgan.inference.enlarger import Enlarger
from srgan.inference.shipped import SHIPPED
from srgan.models.stored import read_model
from tests.serving.client import Client, picture
from tests.web_servers import serving


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
