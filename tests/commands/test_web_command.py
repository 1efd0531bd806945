"""python -m srgan web: where it listens, and what it says when it cannot."""

import socket
import subprocess
import sys

import pytest

from srgan.__main__ import main
from tests.web.conftest import Visitor
from tests.web_servers import serving


def test_it_listens_on_this_machine_alone(repository, tmp_path):
    with serving(repository, tmp_path, "web") as server:
        assert server.url.startswith("http://127.0.0.1:")
        assert Visitor(server.url).ask("/")[0] == 200
        others = socket.gethostbyname(socket.gethostname())
        if others != "127.0.0.1":
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((others, int(server.url.rpartition(":")[2])), timeout=5)
        server.terminate()
        assert server.stderr.read() == ""


def test_another_address_is_warned_of(repository, tmp_path):
    with serving(repository, tmp_path, "web", "--host", "0.0.0.0") as server:
        port = server.url.rpartition(":")[2]
        assert Visitor(f"http://127.0.0.1:{port}").ask("/", Host="this-machine.example")[0] == 200
        server.terminate()
        assert server.stderr.read().startswith(
            f"warning: other machines can reach 0.0.0.0, port {port}: anyone who does"
        )


def test_mistakes_are_sentences(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["web", "--port", port]) == 1
        assert f"--port {port}: cannot listen there (Address already in use); give another" in capsys.readouterr().err
    assert main(["web", "--host", "nowhere.invalid"]) == 1
    assert "--host nowhere.invalid --port 8000: cannot listen there" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["-1", "65536", "x", "1.5"])
def test_a_wrong_port_is_refused(capsys, port):
    with pytest.raises(SystemExit):
        main(["web", "--port", port])
    assert f"'{port}' is not a port, a whole number from 0 to 65535" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "package"),
    [("web", "starlette"), ("web", "uvicorn"), ("serve", "uvicorn"), ("serve", "prometheus_client")],
)
def test_what_is_not_installed_is_a_sentence(repository, command, package):
    start = f"from srgan.__main__ import main; main([{command!r}, '--port', '0'])"
    code = f"import sys; sys.modules[{package!r}] = None; {start}"
    done = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=False)
    assert (
        done.stderr == f"error: {command} needs the package {package}: pip install '.[web]' in a copy of the project\n"
    )
