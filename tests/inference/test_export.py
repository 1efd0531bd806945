"""Exported networks, each run by its own runtime: what Keras gives, at three sizes."""

import json
import subprocess
import sys
import zipfile

import keras
import numpy as np
import pytest
import tensorflow as tf

from srgan.__main__ import main
from srgan.digest import digest
from srgan.errors import UserError
from srgan.inference.export import describe, export_network
from srgan.models.generator import build_generator
from srgan.models.upscaler import as_function
from srgan.models.weights import load_generator, save_networks

SIZES = [(1, 1), (5, 12), (21, 16)]


@pytest.fixture(scope="module", params=[{"norm": "batch", "skip": "bicubic"}, {"norm": "layer", "skip": "none"}])
def folder(request, tmp_path_factory):
    spec = {"scale": 4, "blocks": 2, "filters": 8} | request.param
    keras.utils.set_random_seed(1)
    network = build_generator(**spec)
    rng = np.random.default_rng(0)
    for weight in network.trainable_variables:
        weight.assign(weight + rng.normal(0, 0.05, weight.shape))
    folder = tmp_path_factory.mktemp("network") / "gan"
    save_networks(folder, {"generator": network}, {"generator": spec, "trained": {"stage": "gan", "iterations": 7}})
    return folder


def compare(folder, run):
    network = as_function(load_generator(folder))
    for size in SIZES:
        lr = np.random.default_rng(2).uniform(size=(*size, 3)).astype("float32")
        expected, sr = np.clip(0.5 * network(lr) + 0.5, 0, 1), run(lr[None])[0]
        np.testing.assert_allclose(sr, expected, atol=1e-3)
        assert 0 < sr.mean() < 1


def check(about):
    assert about["scale"] == 4
    assert "[0, 1]" in about["input"]
    assert "[0, 1], clipped" in about["output"]
    assert about["trained"] == {"stage": "gan", "iterations": 7}


def test_saved_model(folder, tmp_path):
    export_network(folder, tmp_path / "out", "savedmodel")
    upscale = tf.saved_model.load(str(tmp_path / "out")).signatures["serving_default"]
    compare(folder, lambda lr: upscale(lr=tf.constant(lr))["sr"].numpy())
    check(json.loads((tmp_path / "out/assets.extra/srgan.json").read_text()))


@pytest.mark.parametrize("layout", ["nhwc", "nchw"])
def test_onnx(folder, tmp_path, layout):
    runtime = pytest.importorskip("onnxruntime")
    onnx = pytest.importorskip("onnx")
    export_network(folder, tmp_path / "net.onnx", "onnx", layout)
    onnx.checker.check_model(str(tmp_path / "net.onnx"), full_check=True)
    session = runtime.InferenceSession(tmp_path / "net.onnx", providers=["CPUExecutionProvider"])
    wanted = ["batch", "height", "width", 3] if layout == "nhwc" else ["batch", 3, "height", "width"]
    axes = (0, 1, 2, 3) if layout == "nhwc" else (0, 2, 3, 1)  # back to NHWC
    assert session.get_inputs()[0].shape == wanted

    def run(lr):
        seen = lr if layout == "nhwc" else lr.transpose(0, 3, 1, 2)
        return session.run(["sr"], {"lr": seen})[0].transpose(axes)

    compare(folder, run)
    two = np.random.default_rng(2).uniform(size=(2, 5, 6, 3)).astype("float32")
    np.testing.assert_allclose(run(two)[1:], run(two[1:]), atol=1e-5)  # any batch
    properties = session.get_modelmeta().custom_metadata_map
    check({key: json.loads(value) if key in ("scale", "trained") else value for key, value in properties.items()})
    assert ("(batch, 3, height, width)" in properties["input"]) == (layout == "nchw")


def test_other_formats_have_one_layout(folder, tmp_path):
    with pytest.raises(UserError, match=r"--layout nchw: tflite has pictures only as .*; leave --layout out"):
        export_network(folder, tmp_path / "net.tflite", "tflite", "nchw")
    assert not list(tmp_path.iterdir())


def test_tflite(folder, tmp_path):
    interpreters = pytest.importorskip("ai_edge_litert.interpreter")
    export_network(folder, tmp_path / "net.tflite", "tflite")
    interpreter = interpreters.Interpreter(model_path=str(tmp_path / "net.tflite"))

    def run(lr):
        place, result = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
        interpreter.resize_tensor_input(place, lr.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(place, lr)
        interpreter.invoke()
        return interpreter.get_tensor(result)

    compare(folder, run)
    with zipfile.ZipFile(tmp_path / "net.tflite") as archive:
        check(json.loads(archive.read("srgan.json")))


def test_a_missing_package_is_a_sentence(folder, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(UserError, match=r"ONNX needs the package onnx: pip install onnx"):
        export_network(folder, tmp_path / "net.onnx", "onnx")
    assert not list(tmp_path.iterdir())


def test_a_folder_of_something_else_is_not_replaced(folder, tmp_path):
    (tmp_path / "photo.png").write_bytes(b"precious")
    with pytest.raises(UserError, match="exists and is not a SavedModel"):
        export_network(folder, tmp_path, "savedmodel")
    assert (tmp_path / "photo.png").exists()


def test_the_command_says_only_what_it_wrote(folder, repository, tmp_path):
    command = [sys.executable, "-m", "srgan", "export", "--format", "tflite", "--model", str(folder)]
    out = tmp_path / "net.tflite"
    done = subprocess.run([*command, "-o", str(out)], cwd=repository, capture_output=True, text=True, check=True)
    assert done.stdout == f"{out}: tflite of {folder}\n"
    assert done.stderr == ""


def test_networks_exported_without_a_name_do_not_meet_each_other(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["export", "--model", str(folder), "--format", "savedmodel"]) == 0
    assert capsys.readouterr().out == f"gan-x4: savedmodel of {folder}\n"
    assert (tmp_path / "gan-x4/saved_model.pb").is_file()


def test_what_is_there_is_replaced_only_when_asked(folder, tmp_path, capsys):
    command = ["export", "--model", str(folder), "--format", "tflite", "-o", str(tmp_path / "photo.jpg")]
    (tmp_path / "photo.jpg").write_bytes(b"precious")
    assert main(command) == 1
    assert "photo.jpg: exists already; give another place with -o, or --overwrite" in capsys.readouterr().err
    assert (tmp_path / "photo.jpg").read_bytes() == b"precious"
    assert main([*command, "--overwrite"]) == 0
    assert (tmp_path / "photo.jpg").read_bytes() != b"precious"


def test_into_a_folder_it_gets_its_own_name(folder, tmp_path, capsys):
    (tmp_path / "nets").mkdir()
    assert main(["export", "--model", str(folder), "--format", "onnx", "-o", str(tmp_path / "nets")]) == 0
    assert (tmp_path / "nets/gan-x4.onnx").is_file()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--format", "onnx", "-o", "a.tflite"], "-o a.tflite: its suffix and --format onnx disagree; change one"),
        (["--format", "savedmodel", "-o", "a.onnx"], "-o a.onnx: its suffix and --format savedmodel disagree"),
        (["--format", "onnx", "-o", "file/a.onnx"], "file/a.onnx: file is a file, so nothing can be in it; give"),
        (["--format", "onnx", "-o", "nets", "--overwrite"], "nets/gan-x4.onnx: is a folder; name a file with -o"),
    ],
)
def test_places_where_nothing_can_be_written_are_refused_first(folder, tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("srgan.inference.export.export_network", lambda *_: pytest.fail("a network was exported"))
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "nets/gan-x4.onnx").mkdir(parents=True)
    assert main(["export", "--model", str(folder), *arguments]) == 1
    assert said in capsys.readouterr().err


def test_an_exported_file_says_which_weights_it_has(folder):
    assert describe(folder)["weights_sha256"] == digest(folder / "generator.weights.h5")


def test_the_command_s_layout_is_the_file_s(folder, tmp_path):
    onnx = pytest.importorskip("onnx")
    out = tmp_path / "net.onnx"
    assert main(["export", "--format", "onnx", "--layout", "nchw", "--model", str(folder), "-o", str(out)]) == 0
    shape = onnx.load(str(out)).graph.input[0].type.tensor_type.shape
    assert [axis.dim_param or axis.dim_value for axis in shape.dim] == ["batch", 3, "height", "width"]
