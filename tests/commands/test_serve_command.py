"""python -m srgan serve: what it serves, and what it says when it cannot."""

import socket

from srgan.__main__ import main
from srgan.inference.shipped import SHIPPED


def test_mistakes_are_sentences(capsys, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["serve", "--port", port]) == 1
        assert f"--port {port}: cannot listen there" in capsys.readouterr().err
    assert main(["serve", "--model", "nothing"]) == 1
    assert "nothing: no trained network there" in capsys.readouterr().err
    assert main(["serve", "--port", "0", "--strength", "0.5"]) == 1
    assert "--strength mixes a network with SRResNet" in capsys.readouterr().err


def test_a_damaged_network_is_a_sentence(capsys, tmp_path):
    (tmp_path / "model.json").write_text((SHIPPED / "gan/model.json").read_text())
    (tmp_path / "generator.weights.h5").write_bytes(b"damaged")
    assert main(["serve", "--port", "0", "--model", str(tmp_path)]) == 1
    assert "generator.weights.h5: damaged" in capsys.readouterr().err
