"""What others than the visitor can see and send: strangers, and pages of other servers."""

import json

import pytest

from tests.web.conftest import Visitor


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
