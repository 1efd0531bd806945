"""What goes wrong at the server: a process that ends, another network, a full disk."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor

import psutil

from srgan.inference.shipped import SHIPPED
from tests.serving.client import Client, in_work, picture, process_of
from tests.web_servers import SECONDS, serving, until


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
