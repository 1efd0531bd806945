"""The peers' networks as `benchmarks.peers` runs them, on small models of the same kinds."""

import json

import keras
import numpy as np
import pytest

from benchmarks.peers import esrgan_thick, networks
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
