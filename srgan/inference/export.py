"""A trained generator for other runtimes: SavedModel, ONNX and TFLite, with free height and width.

Each takes `lr`, float32 (batch, height, width, 3), RGB in [0, 1], and gives `sr`, (batch, scale x height, scale x
width, 3), RGB around [-1, 1], to be clipped. A note in each file says so, and how the network was trained.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tensorflow as tf

from srgan.atomic import built_file, built_folder
from srgan.errors import UserError
from srgan.models.weights import load_generator, read_model

OPSET = 18  # of ONNX: old enough for every runtime in use, new enough for its resize and pad


def export(folder: Path, target: Path, kind: str) -> None:
    """Write a network in another format; the target appears complete or not at all.

    Args:
        folder: of the network, with model.json.
        target: the file (onnx, tflite) or folder (savedmodel) to make or replace.
        kind: `savedmodel`, `onnx` or `tflite`.

    Raises:
        UserError: the network cannot be loaded, a package is missing, or the target not be written.
    """
    generator = load_generator(folder)
    lr = tf.TensorSpec((None, None, None, 3), tf.float32, name="lr")
    function = tf.function(lambda lr: {"sr": generator(lr, training=False)}, input_signature=[lr])
    WRITERS[kind](generator, function, target, describe(folder))


def describe(folder: Path) -> dict[str, Any]:
    """What the exported file says of itself, as JSON-serialisable values."""
    model = read_model(folder)
    scale = model["generator"]["scale"]
    return {
        "scale": scale,
        "input": "lr: float32 (batch, height, width, 3), RGB in [0, 1]",
        "output": f"sr: float32 (batch, {scale} height, {scale} width, 3), RGB around [-1, 1], to be clipped",
        "generator": model["generator"],
        "trained": model["trained"],
        "weights_sha256": model["sha256"]["generator"],
    }


def _write_saved_model(generator: Any, function: Any, target: Path, about: dict[str, Any]) -> None:
    """The note is assets.extra/srgan.json."""
    if target.exists() and not (target / "saved_model.pb").is_file():
        raise UserError(f"{target}: is there and is no SavedModel; give another place with -o")
    module = tf.Module()
    module.upscale = function
    module.weights = [variable.value for variable in generator.variables]  # what the signature uses must be reachable
    with built_folder(target) as partial:
        tf.saved_model.save(module, str(partial), signatures={"serving_default": function})
        extra = partial / "assets.extra"
        extra.mkdir()
        (extra / "srgan.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


def _write_onnx(_: Any, function: Any, target: Path, about: dict[str, Any]) -> None:
    """The note is in metadata_props, a property for each entry."""
    try:
        import onnx  # noqa: PLC0415  (optional)
        import tf2onnx  # noqa: PLC0415
    except ImportError as error:
        raise UserError(f"ONNX needs the package {error.name}: pip install -r requirements-export.txt") from None
    model, _ = tf2onnx.convert.from_function(function, input_signature=function.input_signature, opset=OPSET)
    for value, prefix in ((model.graph.input[0], ""), (model.graph.output[0], "enlarged_")):
        for dimension, name in zip(value.type.tensor_type.shape.dim, ("batch", "height", "width"), strict=False):
            dimension.dim_param = name if name == "batch" else prefix + name
    onnx.helper.set_model_props(
        model, {key: value if isinstance(value, str) else json.dumps(value) for key, value in about.items()}
    )
    with built_file(target) as partial:
        onnx.save(model, str(partial))


def _write_tflite(generator: Any, function: Any, target: Path, about: dict[str, Any]) -> None:
    """The note is srgan.json in a ZIP archive at the file's end, TFLite's own way: `unzip -p FILE srgan.json`."""
    with tempfile.TemporaryDirectory() as folder:
        _write_saved_model(generator, function, Path(folder) / "network", about)
        content = tf.lite.TFLiteConverter.from_saved_model(str(Path(folder) / "network")).convert()
    with built_file(target) as partial:
        partial.write_bytes(content)
        with zipfile.ZipFile(partial, "a") as archive:
            archive.writestr(zipfile.ZipInfo("srgan.json"), json.dumps(about, indent=2) + "\n")


WRITERS: dict[str, Callable[[Any, Any, Path, dict[str, Any]], None]] = {
    "savedmodel": _write_saved_model,
    "onnx": _write_onnx,
    "tflite": _write_tflite,
}
