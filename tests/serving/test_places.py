"""Places for pictures: how many there are, and who gives one back."""

import asyncio
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from starlette.requests import Request

from srgan.serving import app
from srgan.serving.figures import Figures
from tests.serving.client import Client, empty, in_work, picture
from tests.web_servers import serving, until


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


def test_the_more_pictures_are_here_the_later_to_come_again():
    service = app.Service(None, Figures({"network": "gan"}, {}, 8, chance=lambda: 0), 8, {})
    service.taken = 8

    async def received():
        return {"type": "http.request", "body": b"picture"}

    request = Request({"type": "http", "method": "POST", "headers": [], "query_string": b""}, received)
    answer = asyncio.run(service.enlarge(request))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "27")  # 8 and this one, of 3 s each


def test_whoever_has_an_answer_has_given_the_place_back(repository, tmp_path):
    with serving(repository, tmp_path, "serve", "--places", "1") as server:
        client, data = Client(server), picture(tmp_path, 12, 12)
        assert [client.enlarge(data)[0] for _ in range(12)] == [200] * 12


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
