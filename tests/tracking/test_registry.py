"""The model registry and the server behind it."""

import base64
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import mlflow
import numpy as np
import psutil
import pytest
from mlflow import MlflowClient
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE
from PIL import Image

from srgan.commands.networks import find_network
from srgan.data.resize import enlarge
from srgan.digest import digest
from srgan.errors import UserError
from srgan.models.generator import build_generator
from srgan.models.weights import save_networks
from srgan.tracking import outbox, runs
from srgan.tracking.registry import register
from srgan.tracking.store import store_uri
from tests.ports import free_port
from tests.tracking.figures import FIGURES, measured
from tests.tracking.stored import client


@pytest.fixture
def network(tmp_path):
    """A network that is exactly bicubic: with the bicubic skip, and untrained."""
    spec = {"scale": 4, "blocks": 1, "filters": 4, "norm": "batch", "skip": "bicubic"}
    save_networks(tmp_path / "gan", {"generator": build_generator(**spec)}, {"generator": spec, "trained": {}})
    return tmp_path / "gan"


def test_the_alias_moves_to_the_better_one_only(tmp_path, monkeypatch, network, rule, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")
    for distance in (0.8, 0.6, 0.7):
        with runs.run("evaluate", {}, {}) as run:
            figures = FIGURES | {"perceptual_distance": distance}
            register(run, network, "srgan-x4", measured(figures, figures), rule)
    client = MlflowClient()
    assert len(client.search_model_versions("name='srgan-x4'")) == 3
    champion = client.get_model_version_by_alias("srgan-x4", "champion")
    assert int(champion.version) == 2
    assert champion.tags["stage"] == "gan"
    assert champion.tags["own/perceptual_distance"] == "0.6"
    assert "**own**, means:\n\n|  | PSNR-Y, dB ↑ | " in champion.description
    assert "| gan | **31.00** | **0.870** | **0.600** | **0.30** |" in champion.description
    reason = "version 2 stays champion: its perceptual_distance on set5 is 0.6 and this version's 0.7"
    assert f"version 3 registered; {reason}" in capsys.readouterr().out
    kept_out = client.get_model_version("srgan-x4", "3")
    assert kept_out.tags["gate"] == reason
    assert f"### Beside the champion\n\nV{reason[1:]}.\n\n|  | this version | version 2 |" in kept_out.description
    assert "| Perceptual distance ↓, own | 0.700 | 0.600 |" in kept_out.description
    assert "| PSNR-Y, dB ↑, set5 | 31.00 | 31.00 |" in kept_out.description
    assert "It is champion now, in the place of version 1.\n\n|  | this version | version 1 |" in champion.description
    found = find_network("models:/srgan-x4@champion")
    assert digest(found / "generator.weights.h5") == digest(network / "generator.weights.h5")
    with pytest.raises(UserError, match="models:/srgan-x4@nobody: not in MLflow's store"):
        find_network("models:/srgan-x4@nobody")


def test_the_same_network_with_the_same_figures_is_registered_once(store, network, rule, capsys):
    """As where the evaluation runs again because a comment of its code has changed."""

    def evaluated(again, folder=network, floor=29.0):
        with runs.run("evaluate", {}, {}) as run:
            register(run, folder, "srgan-x4", again, rule.model_copy(update={"champion_psnr_y": floor}))
        return capsys.readouterr().out.splitlines()[-1]

    assert evaluated(measured(), floor=40.0).startswith(
        "srgan-x4: version 1 registered; there is no champion yet: psnr_y"
    )
    same = "srgan-x4: version 1 is already registered with these figures"
    assert evaluated(measured(), floor=40.0).startswith(f"{same}; there is no champion yet: psnr_y on set5 is 31.00 dB")
    assert evaluated(measured()) == f"{same}; it is champion now"
    assert evaluated(measured()) == f"{same}; it is champion"
    assert len(client().search_model_versions("name='srgan-x4'")) == 1
    assert len(client().search_logged_models(["1"])) == 1

    better = FIGURES | {"perceptual_distance": 0.7}
    assert (
        evaluated(measured(better, better))
        == "srgan-x4: version 2 registered; it is champion now, in the place of version 1"
    )
    assert evaluated(measured(own="9c0d")).startswith("srgan-x4: version 3 registered; version 2 stays champion: ")
    assert evaluated(measured()).startswith(f"{same}; version 2 stays champion: its perceptual_distance on set5 is 0.7")
    spec = {"scale": 4, "blocks": 2, "filters": 4, "norm": "batch", "skip": "bicubic"}
    other = network.parent / "vgg"
    save_networks(other, {"generator": build_generator(**spec)}, {"generator": spec, "trained": {}})
    assert evaluated(measured(), folder=other).startswith("srgan-x4: version 4 registered; version 2 stays champion: ")


def test_a_version_that_the_store_has_though_its_answer_was_lost_is_not_made_again(store, monkeypatch, network, rule):
    make, failures = mlflow.register_model, iter([OSError("timed out")])

    def unheard(*arguments, **options):
        version = make(*arguments, **options)
        for error in failures:
            raise error
        return version

    monkeypatch.setattr(mlflow, "register_model", unheard)
    monkeypatch.setattr(outbox, "FIRST_PAUSE", 0.0)
    with pytest.warns(UserWarning, match="does not answer"), runs.run("evaluate", {}, {}) as run:
        register(run, network, "srgan-x4", measured(), rule)
    (version,) = client().search_model_versions("name='srgan-x4'")
    assert client().get_model_version_by_alias("srgan-x4", "champion").version == version.version


@pytest.mark.parametrize(
    ("folder", "command"),
    [(".", "dvc repro -f -s evaluate"), ("copy", "dvc exp apply rosy-otter && dvc repro -f -s evaluate")],
)
def test_what_could_not_be_registered_is_said_with_what_to_do(
    store, monkeypatch, network, rule, capsys, folder, command
):
    """In DVC's temporary copy of the repository, which it deletes, the command would find another network."""
    (store / "copy").mkdir()
    monkeypatch.chdir(store / folder)
    monkeypatch.setenv("DVC_EXP_NAME", "rosy-otter")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{free_port()}")
    with pytest.warns(UserWarning, match="does not answer"), runs.run("evaluate", {}, {}) as run:
        register(run, network, "srgan-x4", measured(), rule)
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"warning: srgan-x4: the network of gan was not registered in MLflow at {store_uri()}; "
        f"when that answers, register it by: {command}"
    )


def test_what_the_store_refused_to_register_is_said_too(store, monkeypatch, network, rule, capsys):
    def refused(*arguments, **options):
        raise mlflow.MlflowException("no such name", error_code=INVALID_PARAMETER_VALUE)

    monkeypatch.setattr(mlflow, "register_model", refused)
    with pytest.warns(UserWarning, match="was refused"), runs.run("evaluate", {}, {}) as run:
        register(run, network, "srgan-x4", measured(), rule)
    assert "warning: srgan-x4: the network of gan was not registered" in capsys.readouterr().err


def test_looking_for_a_model_makes_no_store(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with pytest.raises(UserError, match=r"models:/a/1: there is no MLflow store here \(sqlite:.*mlflow\.db\); run in"):
        find_network("models:/a/1")
    assert list(tmp_path.iterdir()) == []


def test_a_champion_made_by_hand_stays_and_the_message_says_so(tmp_path, monkeypatch, network, rule, capsys):
    """It has no tags."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")
    client = MlflowClient("sqlite:///mlflow.db")
    client.create_registered_model("srgan-x4")
    client.create_model_version("srgan-x4", str(tmp_path))
    client.set_registered_model_alias("srgan-x4", "champion", "1")
    with runs.run("evaluate", {}, {}) as run:
        register(run, network, "srgan-x4", measured(), rule)
    assert int(client.get_model_version_by_alias("srgan-x4", "champion").version) == 1
    said = capsys.readouterr().out
    assert (
        "version 2 registered; version 1 stays champion: its perceptual_distance was measured with other features"
        in said
    )


def test_a_store_that_fails_in_the_middle_gets_no_version_twice(tmp_path, monkeypatch, network, rule):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")
    update, failures = MlflowClient.update_model_version, iter([OSError("away"), OSError("still away")])

    def failing(self, *arguments, **options):
        for error in failures:
            raise error
        return update(self, *arguments, **options)

    monkeypatch.setattr(MlflowClient, "update_model_version", failing)
    monkeypatch.setattr(outbox, "FIRST_PAUSE", 0.0)
    with pytest.warns(UserWarning, match="does not answer"), runs.run("evaluate", {}, {}) as run:
        register(run, network, "srgan-x4", measured(), rule)
    (version,) = MlflowClient().search_model_versions("name='srgan-x4'")
    assert version.description.startswith("A generator that enlarges photographs ×4")
    assert MlflowClient().get_model_version_by_alias("srgan-x4", "champion").version == version.version


def encoded(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format="PNG")
    return base64.b64encode(file.getvalue()).decode()


def post(port, images):
    body = json.dumps({"dataframe_records": [{"image": image} for image in images]}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/invocations", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return [record["image"] for record in json.load(answer)["predictions"]]


@pytest.mark.slow
def test_the_server_answers_all_and_refuses_with_a_sentence(tmp_path, monkeypatch, network, rule, repository):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")
    with runs.run("evaluate", {}, {}) as run:
        register(run, network, "srgan-x4", measured(), rule)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", "models:/srgan-x4@champion"]
    command += ["--env-manager", "local", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    log = (tmp_path / "server.log").open("w")
    with subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True) as server:
        try:
            deadline = time.monotonic() + 240
            while True:
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/ping", timeout=5)
                    break
                except OSError:
                    assert time.monotonic() < deadline, (tmp_path / "server.log").read_text()
                    time.sleep(0.5)

            rng = np.random.default_rng(0)
            photos = [rng.integers(0, 256, (24, 16 + i % 5, 3), np.uint8) for i in range(200)]

            def check(photo):
                (answer,) = post(port, [encoded(photo)])
                sr = np.asarray(Image.open(io.BytesIO(base64.b64decode(answer))))
                return np.abs(sr.astype(int) - enlarge(photo, 4)).max() <= 1

            def memory():
                return sum(each.memory_info().rss for each in psutil.Process(server.pid).children(recursive=True))

            assert all(check(photo) for photo in photos[:20])
            before = memory()
            with ThreadPoolExecutor(200) as crowd:
                assert all(crowd.map(check, photos))
            assert memory() < 1.15 * before

            for wrong, sentence in [
                ("not base64!", "wanted: a picture file, encoded as base64"),
                ("Grüße", "wanted: a picture file, encoded as base64"),
                (base64.b64encode(b"text").decode(), "image: not a picture; it must be PNG"),
            ]:
                with pytest.raises(urllib.error.HTTPError) as refused:
                    post(port, [wrong])
                assert refused.value.code == 400
                assert sentence in json.load(refused.value)["message"]
            assert check(photos[0])
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            log.close()
